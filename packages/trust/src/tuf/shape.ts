import { maximumDelegations, maximumKeys } from './limits.ts';
import type { Signed } from './model.ts';

type Loose = Readonly<Record<string, unknown>>;

/** True for a JSON object. */
export function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isWhole = (value: unknown, minimum: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= minimum;
const isText = (value: unknown): value is string => typeof value === 'string';
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function everyEntry(value: unknown, holds: (entry: unknown, name: string) => boolean): boolean {
  return isObject(value) && Object.entries(value).every(([name, entry]) => holds(entry, name));
}

/** TUF 1.0.34 §4.2: an instant in UTC, whole seconds. */
export function isExpiry(value: unknown): value is string {
  if (!isText(value) || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value)) return false;
  const time = Date.parse(value);
  // Date.parse rolls 30 February over; a round trip does not.
  return !Number.isNaN(time) && new Date(time).toISOString() === value.replace('Z', '.000Z');
}

const isKey = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.keytype) &&
  isText(value.scheme) &&
  isObject(value.keyval) &&
  isText(value.keyval.public) &&
  value.keyval.public.length <= 4096;

const areKeys = (value: unknown): boolean =>
  everyEntry(value, isKey) && Object.keys(value as object).length <= maximumKeys;

/** TUF 1.0.34 §4.3: key ids are unique and the threshold is at least 1. */
const isRole = (value: unknown): boolean =>
  isObject(value) &&
  areTexts(value.keyids) &&
  value.keyids.length <= maximumKeys &&
  new Set(value.keyids).size === value.keyids.length &&
  isWhole(value.threshold, 1);

const areHashes = (value: unknown): boolean =>
  everyEntry(value, (hash) => isText(hash) && /^[0-9a-f]{64,128}$/.test(hash));

const isMetaFile = (value: unknown): boolean =>
  isObject(value) &&
  isWhole(value.version, 1) &&
  (value.length === undefined || isWhole(value.length, 1)) &&
  (value.hashes === undefined || (areHashes(value.hashes) && Object.keys(value.hashes as object).length > 0));

const isTarget = (value: unknown): boolean =>
  isObject(value) &&
  isWhole(value.length, 0) &&
  areHashes(value.hashes) &&
  Object.hasOwn(value.hashes as object, 'sha256') &&
  (value.custom === undefined || isObject(value.custom));

const reservedNames = new Set(['root', 'targets', 'snapshot', 'timestamp']);

/** A delegated role's name becomes a file name: nothing else may pass. */
const isDelegatedRole = (value: unknown): boolean =>
  isObject(value) &&
  isRole(value) &&
  isText(value.name) &&
  /^[a-z0-9][a-z0-9-]{0,62}$/.test(value.name) &&
  !reservedNames.has(value.name) &&
  typeof value.terminating === 'boolean' &&
  areTexts(value.paths) &&
  value.paths.length <= 64 &&
  value.paths.every((path) => path.length <= 256);

function areDelegations(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value) || !areKeys(value.keys) || !Array.isArray(value.roles)) return false;
  if (value.roles.length > maximumDelegations || !value.roles.every(isDelegatedRole)) return false;
  const names = value.roles.map((role: { name: string }) => role.name);
  return new Set(names).size === names.length;
}

const isNational = (value: unknown): boolean =>
  value === undefined || (isObject(value) && areKeys(value.keys) && everyEntry(value.roles, isRole));

const isService = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) &&
    areKeys(value.keys) &&
    (value.nationalKeys === undefined || areKeys(value.nationalKeys)));

const isEmergency = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) &&
    everyEntry(value.thresholds, (threshold) => isWhole(threshold, 0)) &&
    isWhole(value.withinHours, 1));

const isParty = (value: unknown): boolean =>
  isObject(value) &&
  isWhole(value.threshold, 1) &&
  areTexts(value.keyIds) &&
  (value.nationalKeyIds === undefined || areTexts(value.nationalKeyIds));

const areParties = (value: unknown): boolean =>
  value === undefined || (isObject(value) && everyEntry(value.parties, isParty));

const shapes: Readonly<Record<Signed['_type'], (signed: Loose) => boolean>> = {
  root: (signed) =>
    (signed.consistent_snapshot === undefined || typeof signed.consistent_snapshot === 'boolean') &&
    areKeys(signed.keys) &&
    isObject(signed.roles) &&
    [...reservedNames].every((role) => isRole((signed.roles as Loose)[role])) &&
    [undefined, 'intl', 'national', 'dual'].includes(signed['x-imprint-profile'] as string | undefined) &&
    isNational(signed['x-imprint-national']) &&
    isService(signed['x-imprint-licensing']) &&
    isService(signed['x-imprint-definitions']) &&
    isEmergency(signed['x-imprint-emergency']) &&
    areParties(signed['x-imprint-parties']),
  timestamp: (signed) =>
    isObject(signed.meta) &&
    Object.keys(signed.meta).length === 1 &&
    Object.hasOwn(signed.meta, 'snapshot.json') &&
    everyEntry(signed.meta, isMetaFile),
  snapshot: (signed) =>
    isObject(signed.meta) &&
    Object.hasOwn(signed.meta, 'targets.json') &&
    everyEntry(signed.meta, isMetaFile),
  targets: (signed) => everyEntry(signed.targets, isTarget) && areDelegations(signed.delegations),
};

/** Returns what is wrong with the signed part of a file of the given type, or undefined. Source: TUF 1.0.34 §4.3–§4.6. */
export function signedFault(signed: unknown, type: Signed['_type']): string | undefined {
  if (!isObject(signed)) return 'no signed part';
  if (signed._type !== type) return `type ${String(signed._type)}`;
  if (!isText(signed.spec_version) || !/^1\.\d{1,4}(\.\d{1,4})?$/.test(signed.spec_version))
    return 'another major version of the format';
  if (!isWhole(signed.version, 1)) return 'no version';
  if (!isExpiry(signed.expires)) return 'no expiry';
  return shapes[type](signed) ? undefined : 'fields of another shape';
}
