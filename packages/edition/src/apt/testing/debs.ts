import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ContentStore } from '../../store/index.ts';
import { runTool } from '../../tools/run-tool.ts';

export interface DebOptions {
  readonly name: string;
  readonly version: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Entries of its changelog, newest first: version and what it says. */
  readonly changelog?: readonly (readonly [string, string])[];
}

/** Builds a real package with a changelog and puts it into a store; returns its digest. */
export async function putDeb(
  store: ContentStore,
  { name, version, fields = {}, changelog = [] }: DebOptions,
): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'imprint-deb-'));
  try {
    const put = async (path: string, content: string | Uint8Array) => {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), content);
    };
    const stated = {
      Package: name,
      Version: version,
      Architecture: 'all',
      Maintainer: 'Test <test@localhost>',
      Section: 'misc',
      Priority: 'optional',
      Description: 'made for a test',
      ...fields,
    };
    const control = Object.entries(stated).map(([field, value]) => `${field}: ${value}\n`);
    await put('DEBIAN/control', control.join(''));
    await put(`usr/share/${name}/version`, `${version}\n`);
    const entries = changelog.map(
      ([of, text]) =>
        `${name} (${of}) trixie-security; urgency=high\n\n  * ${text}\n\n -- Test <test@localhost>  Mon, 02 Nov 2026 10:00:00 +0000\n`,
    );
    if (entries.length > 0)
      await put(`usr/share/doc/${name}/changelog.Debian.gz`, gzipSync(entries.join('\n')));
    const file = join(tree, '..', `${name}-${version.replaceAll(':', '_')}-${process.pid}.deb`);
    await runTool(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, file]);
    const { sha256 } = await store.putFile(file);
    await rm(file);
    return sha256;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
