import { stat } from 'node:fs/promises';
import { isImprintError } from '@imprint/protocol';
import { mapLimited } from '../engine/map-limited.ts';
import type { ContentStore } from '../store/index.ts';
import { runToolText } from '../tools/run-tool.ts';
import { aptError } from './errors.ts';
import type { SuitePackage } from './model.ts';

const fieldOf = (control: string, name: string) =>
  new RegExp(`^${name}: *(.+)$`, 'im').exec(control)?.[1]?.trim();

const isName = (name: string | undefined): name is string => /^[a-z0-9][a-z0-9+.-]{1,100}$/.test(name ?? '');
const isVersion = (version: string | undefined): version is string =>
  /^[0-9A-Za-z][0-9A-Za-z.+~:-]{0,100}$/.test(version ?? '');

async function readPackage(store: ContentStore, sha256: string, signal?: AbortSignal): Promise<SuitePackage> {
  const malformed = (got: string, cause?: unknown) =>
    aptError('APT_PACKAGE_MALFORMED', { sha256, got }, { cause });
  if (!(await store.verify(sha256))) throw malformed('nothing in the content store');
  const { size } = await stat(store.path(sha256));
  const text = await runToolText(['dpkg-deb', '--field', store.path(sha256)], {
    signal,
    maxOutputBytes: 1024 * 1024,
  }).catch((error: unknown) => {
    throw isImprintError(error, 'TOOL_FAILED') ? malformed('another file', error) : error;
  });
  const control = text.trimEnd();
  const [name, version, architecture] = ['Package', 'Version', 'Architecture'].map((field) =>
    fieldOf(control, field),
  );
  // The fields become a path and one paragraph of an index: nothing may reach beyond either.
  if (!isName(name) || !isVersion(version) || (architecture !== 'amd64' && architecture !== 'all'))
    throw malformed('a control file without a valid name, version and architecture');
  if (/^\s*$|^(filename|size|sha256|sha512|md5sum):/im.test(control)) throw malformed('fields of an index');
  return { name, version, architecture, sha256, sizeBytes: size, control };
}

/** Reads packages of the content store as a suite lists them. @throws APT_PACKAGE_MALFORMED, TOOL_MISSING */
export function readSuitePackages(
  store: ContentStore,
  digests: readonly string[],
  signal?: AbortSignal,
): Promise<SuitePackage[]> {
  return mapLimited(digests, 4, (sha256) => readPackage(store, sha256, signal));
}
