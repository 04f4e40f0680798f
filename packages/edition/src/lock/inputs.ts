import { symlink } from 'node:fs/promises';
import { type ErrorPlace, isImprintError, type LockedInput } from '@imprint/protocol';
import type { LoadedManifest } from '../manifest/index.ts';
import type { ContentStore } from '../store/index.ts';
import { debField } from './apt.ts';
import { lockError } from './errors.ts';

const architecture = 'amd64';

/** Takes every file of the edition's own into the store; the vendor's image is pinned by its driver. @throws LOCK_DIGEST_MISMATCH, STORE_FULL */
export async function storeInputs(loaded: LoadedManifest, store: ContentStore): Promise<LockedInput[]> {
  const inputs: LockedInput[] = [];
  for (const { role, name, path, sha256, place } of loaded.files) {
    if (role === 'windows-image') continue;
    try {
      const stored = await store.putFile(path, sha256);
      const isPackage = role === 'antivirus-alternative';
      const deb = isPackage ? await alternativePackage(name, store.path(stored.sha256), place) : undefined;
      inputs.push({ role, name, ...stored, ...(deb === undefined ? {} : { deb }) });
    } catch (error) {
      if (!isImprintError(error, 'STORE_DIGEST_MISMATCH')) throw error;
      throw lockError('LOCK_DIGEST_MISMATCH', { ...error.params, path: name }, { place, cause: error });
    }
  }
  const keyOf = ({ role, name }: LockedInput) => `${role}/${name}`;
  return inputs.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What the package of an antivirus alternative says of itself. @throws LOCK_COMPONENT_INVALID */
async function alternativePackage(
  name: string,
  path: string,
  place: ErrorPlace,
): Promise<NonNullable<LockedInput['deb']>> {
  const [packageName, version] = [await debField(path, 'Package'), await debField(path, 'Version')];
  const built = await debField(path, 'Architecture');
  const isUsable = built === architecture || built === 'all';
  if (packageName !== undefined && version !== undefined && isUsable)
    return { package: packageName, version };
  const got = packageName === undefined ? 'no package' : String(built);
  throw lockError('LOCK_COMPONENT_INVALID', { name, architecture, got }, { place });
}

/** A local package as the solver takes it: a file whose name ends in `.deb`, and whom to name when it does not fit. */
export interface LocalPackage {
  readonly name: string;
  readonly file: string;
  readonly pointer: string;
}

/** Checks that local components are packages for this architecture and lays them out for the solver. @throws LOCK_COMPONENT_INVALID */
export async function localPackages(
  loaded: LoadedManifest,
  inputs: readonly LockedInput[],
  store: ContentStore,
  directory: string,
): Promise<LocalPackage[]> {
  const found: LocalPackage[] = [];
  for (const { name, sha256 } of inputs.filter(({ role }) => role === 'component')) {
    const path = store.path(sha256);
    const place = loaded.files.find((file) => file.role === 'component' && file.name === name)?.place;
    const [packageName, built] = [await debField(path, 'Package'), await debField(path, 'Architecture')];
    if (packageName === undefined || (built !== architecture && built !== 'all')) {
      const params = { name, architecture, got: packageName === undefined ? 'no package' : String(built) };
      throw lockError('LOCK_COMPONENT_INVALID', params, place === undefined ? {} : { place });
    }
    const file = `${directory}/${sha256}.deb`;
    await symlink(path, file);
    found.push({ name: packageName, file, pointer: place?.pointer ?? '/components' });
  }
  return found;
}
