import { isObject } from '../tuf/shape.ts';

// A device carries no schema library: the shape of DefinitionsManifest in plain code.
const name = /^[a-z0-9][a-z0-9-]{0,62}$/;
const version = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$/;
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const digest = /^[0-9a-f]{64}$/;

const isText = (value: unknown, pattern: RegExp): value is string =>
  typeof value === 'string' && pattern.test(value);

const isInstant = (value: unknown): boolean =>
  typeof value === 'string' && value.endsWith('Z') && Number.isFinite(Date.parse(value));

const isFile = (value: unknown): value is { name: string } =>
  isObject(value) &&
  isText(value.name, fileName) &&
  isText(value.sha256, digest) &&
  Number.isSafeInteger(value.sizeBytes) &&
  (value.sizeBytes as number) >= 0;

function filesFault(files: unknown): string | undefined {
  if (!Array.isArray(files) || files.length === 0 || files.length > 100) return 'no list of files';
  if (!files.every(isFile)) return 'a file of another shape';
  const names = new Set(files.map((file) => file.name));
  return names.size === files.length ? undefined : 'one file name twice';
}

/** Returns what is wrong with a definitions set, or undefined. */
export function manifestFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'no object';
  if (value.schema !== 'imprint/definitions/v1') return 'another schema';
  if (![value.edition, value.provider, value.ring].every((one) => isText(one, name)))
    return 'no edition, provider or ring';
  if (!isText(value.version, version)) return 'no version';
  if (!Number.isSafeInteger(value.sequence) || (value.sequence as number) < 1) return 'no sequence';
  if (!isInstant(value.builtAt)) return 'no instant it was built at';
  return filesFault(value.files);
}
