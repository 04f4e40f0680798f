import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  downloadTarget,
  memoryCache,
  parseEnvelope,
  type RepositoryFetch,
  refreshTuf,
  sha256Hex,
  verifyRelease,
} from '@imprint/trust';
import { readBounded, readOptional } from '../ceremony/files.ts';
import { repositoryNames } from './repository.ts';

/** Gets files of a repository directory, some replaced by bytes that are not written yet. */
export function directoryFetch(
  directory: string,
  overlay: ReadonlyMap<string, Uint8Array> = new Map(),
): RepositoryFetch {
  return async (path, maxBytes) => {
    const replaced = overlay.get(path);
    if (replaced !== undefined) return replaced;
    const handle = await open(join(directory, path), 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.min(size, maxBytes + 1));
      await handle.read(buffer, 0, buffer.length, 0);
      return buffer;
    } finally {
      await handle.close();
    }
  };
}

export interface DeviceView {
  readonly sha256: string;
  readonly sequence: number;
  readonly version: string;
  readonly signedBy: readonly string[];
}

/**
 * Verifies a channel as a new device with only the pinned root would.
 * @throws every TRUST_TUF_… and TRUST_… refusal a device has
 */
export async function verifyAsDevice(options: {
  readonly directory: string;
  readonly trustedRoot: Uint8Array;
  readonly edition: string;
  readonly channel: string;
  readonly now: Date;
  readonly overlay?: ReadonlyMap<string, Uint8Array>;
}): Promise<DeviceView> {
  const { directory, edition, channel, now } = options;
  const fetch = directoryFetch(directory, options.overlay);
  const trusted = await refreshTuf({ trustedRoot: options.trustedRoot, cache: memoryCache(), fetch, now });
  const releaseBytes = await downloadTarget(trusted, repositoryNames.target(edition, channel), fetch);
  const sha256 = sha256Hex(releaseBytes);
  const envelope = parseEnvelope(
    await readBounded(join(directory, repositoryNames.approvals(sha256)), 'approvals'),
  );
  const withdrawal = await readOptional(join(directory, repositoryNames.withdrawal(sha256)));
  const { manifest, signedBy } = verifyRelease({
    root: trusted.root,
    releaseBytes,
    envelope,
    ...(withdrawal === undefined ? {} : { withdrawal: parseEnvelope(withdrawal) }),
    now,
  });
  return { sha256, sequence: manifest.sequence, version: manifest.version, signedBy };
}
