import type { ReleaseManifest } from '@imprint/protocol';
import { isObject } from '../tuf/shape.ts';
import { releaseError } from './errors.ts';

const isText = (value: unknown): boolean => typeof value === 'string';
const isInstant = (value: unknown): boolean => isText(value) && !Number.isNaN(Date.parse(value as string));
const isName = (value: unknown): boolean =>
  isText(value) && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value as string);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isFile = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.kind) &&
  isText(value.name) &&
  isCount(value.sizeBytes) &&
  isObject(value.digests) &&
  /^[0-9a-f]{64}$/.test(String(value.digests.sha256));

const isReason = (value: unknown): boolean =>
  isText(value) && (value as string).length > 0 && (value as string).length <= 500;

const areFiles = (value: unknown): boolean => Array.isArray(value) && value.every(isFile);

const fields: Readonly<Record<string, (value: unknown) => boolean>> = {
  schema: (value) => value === 'imprint/release/v1',
  edition: isName,
  version: isText,
  channel: isName,
  sequence: (value) => isCount(value) && value !== 0,
  proposedAt: isInstant,
  expiresAt: isInstant,
  lockSha256: (value) => /^[0-9a-f]{64}$/.test(String(value)),
  artifacts: areFiles,
  evidence: areFiles,
  policy: isObject,
  emergency: (value) => value === undefined || (isObject(value) && isReason(value.reason)),
};

/** Parses a release manifest and checks every field that trust decisions or downloads rest on. @throws TRUST_RELEASE_MALFORMED */
export function parseReleaseManifest(bytes: Uint8Array): ReleaseManifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw releaseError('TRUST_RELEASE_MALFORMED', { got: 'no JSON' }, { cause });
  }
  if (!isObject(value)) throw releaseError('TRUST_RELEASE_MALFORMED', { got: 'no object' });
  for (const [name, holds] of Object.entries(fields)) {
    if (!holds(value[name])) throw releaseError('TRUST_RELEASE_MALFORMED', { got: `no valid ${name}` });
  }
  return value as unknown as ReleaseManifest;
}
