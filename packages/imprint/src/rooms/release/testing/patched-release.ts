import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePatchSet, silentReporter } from '@imprint/edition';
import type { DebianLock, LockedPackage } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { putDeb } from '../../../../../edition/src/apt/testing/debs.ts';
import { patchSources, proposeRelease } from '../index.ts';
import { type Ceremony, definitionsText, fakeBuild, later, start, storeOf } from './ceremony-fixture.ts';

/** The content of the file that `fakeBuild`'s image has and no package ships. */
export const looseText = 'core';

const builtDebs = new WeakMap<Ceremony, Map<string, string>>();

/** Built once for a ceremony: the same name and version are the same bytes. */
async function debOf(ceremony: Ceremony, name: string, version: string): Promise<string> {
  const built = builtDebs.get(ceremony) ?? new Map<string, string>();
  builtDebs.set(ceremony, built);
  const key = `${name} ${version}`;
  const sha256 = built.get(key) ?? (await putDeb(storeOf(ceremony), { name, version }));
  built.set(key, sha256);
  return sha256;
}

/** Real packages in the ceremony's store, as a lock lists them. */
export async function lockedPackages(
  ceremony: Ceremony,
  versions: Readonly<Record<string, string>>,
): Promise<LockedPackage[]> {
  const locked: LockedPackage[] = [];
  for (const [name, version] of Object.entries(versions)) {
    const sha256 = await debOf(ceremony, name, version);
    const source = { name, version };
    const place = { archive: 'base', path: `${name}.deb`, sha256, sizeBytes: 1 } as const;
    locked.push({ name, version, architecture: 'all', source, ...place });
  }
  return locked;
}

/** Encodes a fake build's patch set from what stands on channel `stable`. */
export async function encodedBuild(
  ceremony: Ceremony,
  version: string,
  packages: Readonly<Record<string, string>>,
): Promise<{ readonly build: string; readonly patchSet: string }> {
  const build = await mkdtemp(join(ceremony.directory, 'build-'));
  const locked = await lockedPackages(ceremony, packages);
  await fakeBuild(build, { version, locked, vendorPolicy: ceremony.vendorPolicy });
  const bytes = await readFile(join(build, 'edition.lock.json'));
  const patchSet = join(build, 'patches');
  await encodePatchSet({
    lock: JSON.parse(bytes.toString('utf8')) as DebianLock,
    lockSha256: sha256Hex(bytes),
    from: await patchSources(ceremony.paths.repository, 'gov-base', 'stable'),
    store: storeOf(ceremony),
    cacheDirectory: join(ceremony.directory, 'cache'),
    directory: patchSet,
    reporter: silentReporter,
  });
  await mkdir(join(patchSet, 'files'));
  await writeFile(join(patchSet, 'files', sha256Hex(Buffer.from(looseText))), looseText);
  return { build, patchSet };
}

/** Proposes an encoded build on channel `stable`. */
export async function proposeEncoded(
  ceremony: Ceremony,
  encoded: { readonly build: string; readonly patchSet: string },
) {
  await storeOf(ceremony).putBytes(Buffer.from(definitionsText));
  return proposeRelease({
    ...{ paths: ceremony.paths, store: storeOf(ceremony), channel: 'stable', proposedBy: 'operator' },
    ...{ ...encoded, expiresAt: later(180), now: start },
  });
}
