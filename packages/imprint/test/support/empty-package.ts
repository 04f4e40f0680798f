import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentStore, runTool } from '@imprint/edition';
import type { DebianLock } from '@imprint/protocol';

/** Builds a package of no content, keeps it in a store, and names it as a lock does. */
export async function emptyPackage(
  store: ContentStore,
  directory: string,
  name: string,
  version: string,
): Promise<DebianLock['base'][number]> {
  const tree = join(directory, `deb-${name}-${version}`);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  const fields = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: T <t@localhost>\n`;
  await writeFile(join(tree, 'DEBIAN', 'control'), `${fields}Description: test\n`);
  await runTool(['dpkg-deb', '--root-owner-group', '--build', tree, `${tree}.deb`]);
  const blob = await store.putFile(`${tree}.deb`);
  const source = { name, version };
  return { name, version, architecture: 'all', source, archive: 'base', path: 'pool/x.deb', ...blob };
}
