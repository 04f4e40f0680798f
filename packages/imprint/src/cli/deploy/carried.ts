import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CarriedFile } from '@imprint/edition';
import type { DeployableRelease } from './find-release.ts';

/** What an offline installer needs of the published tree: all metadata, the release with its approvals, and the image. */
export async function carriedFiles({
  paths,
  manifest,
  sha256,
  diskPath,
}: DeployableRelease): Promise<CarriedFile[]> {
  const { repository } = paths;
  const metadata = (await readdir(join(repository, 'metadata'))).sort().map((name) => `metadata/${name}`);
  const { edition, channel } = manifest;
  const wanted = [
    ...metadata,
    `targets/${edition}/${channel}/${sha256}.release.json`,
    `approvals/${sha256}.dsse.json`,
    diskPath,
  ];
  const withdrawal = `withdrawals/${sha256}.dsse.json`;
  const isWithdrawn = (await stat(join(repository, withdrawal)).catch(() => undefined)) !== undefined;
  return [...wanted, ...(isWithdrawn ? [withdrawal] : [])].map((path) => ({
    path,
    from: join(repository, path),
  }));
}
