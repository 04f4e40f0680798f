import type {
  AnyIntegrityManifest,
  EditionLock,
  IntegrityEntry,
  PolicyValue,
  WimIntegrityEntry,
} from '@imprint/protocol';
import { canonicalJson } from '@imprint/trust';
import { differingFacets } from '../evidence/integrity/facets.ts';
import { type DiffContext, diffPackages } from './diff-packages.ts';
import type { EditionDiff, EditionState, FileChanges, ValueChange } from './model.ts';

/** Compares two editions, or two locks of one: packages, CVEs closed, policy, components, settings and files. */
export async function diffEditions(
  from: EditionState,
  to: EditionState,
  context: DiffContext = {},
): Promise<EditionDiff> {
  const headOf = ({ lock: { edition, version }, lockSha256 }: EditionState) => ({
    edition,
    version,
    lockSha256,
  });
  const files =
    from.integrity === undefined || to.integrity === undefined
      ? undefined
      : diffFiles(from.integrity, to.integrity);
  return {
    schema: 'imprint/edition-diff/v1',
    from: headOf(from),
    to: headOf(to),
    ...(await diffPackages(from.lock, to.lock, context)),
    policy: diffValues(flat(from.lock.manifest.policy ?? {}), flat(to.lock.manifest.policy ?? {})),
    components: diffValues(componentsOf(from.lock), componentsOf(to.lock)),
    settings: diffValues(settingsOf(from.lock), settingsOf(to.lock)),
    ...(files === undefined ? {} : { files }),
  };
}

type Values = ReadonlyMap<string, PolicyValue>;

function diffValues(from: Values, to: Values): ValueChange[] {
  const ids = [...new Set([...from.keys(), ...to.keys()])].sort();
  return ids
    .filter((id) => from.get(id) !== to.get(id))
    .map((id) => {
      const [before, after] = [from.get(id), to.get(id)];
      return {
        id,
        ...(before === undefined ? {} : { from: before }),
        ...(after === undefined ? {} : { to: after }),
      };
    });
}

/** A document's leaves by path; a list of plain values counts as one leaf. */
function flat(value: object, prefix = ''): Map<string, PolicyValue> {
  const leaves = new Map<string, PolicyValue>();
  for (const [key, item] of Object.entries(value)) {
    const id = prefix === '' ? key : `${prefix}/${key}`;
    if (typeof item === 'object' && item !== null && !Array.isArray(item))
      for (const [inner, leaf] of flat(item, id)) leaves.set(inner, leaf);
    else if (Array.isArray(item)) leaves.set(id, item.map(String).join(', '));
    else leaves.set(id, item as PolicyValue);
  }
  return leaves;
}

/** Components by name, and the digests of what the edition brings in beside them. */
function componentsOf({ manifest, inputs }: EditionLock): Map<string, PolicyValue> {
  const found = new Map<string, PolicyValue>();
  for (const { name, role, supplier, origin } of manifest.components ?? [])
    found.set(name, `${role}, ${supplier}, ${origin}`);
  for (const { role, name, sha256 } of inputs)
    if (role !== 'release-root') found.set(`${role}/${name}`, `sha256:${sha256.slice(0, 16)}`);
  return found;
}

function settingsOf({ manifest }: EditionLock): Map<string, PolicyValue> {
  const { base, locale, remove, trust, services, outputs, title } = manifest;
  return flat({ title, base, locale, ...(remove === undefined ? {} : { remove }), trust, services, outputs });
}

type MutableChanges = { -readonly [K in keyof FileChanges]: string[] };

type Entry = IntegrityEntry | WimIntegrityEntry;

function diffFiles(from: AnyIntegrityManifest, to: AnyIntegrityManifest): NonNullable<EditionDiff['files']> {
  const make = (): MutableChanges => ({ added: [], removed: [], changed: [] });
  const changes = { core: make(), overlay: make(), modified: make() };
  const before = new Map(entriesOf(from).map((entry) => [entry.path, entry]));
  for (const entry of entriesOf(to)) {
    const earlier = before.get(entry.path);
    before.delete(entry.path);
    if (earlier === undefined) changes[entry.class].added.push(entry.path);
    else if (isChanged(earlier, entry)) changes[entry.class].changed.push(entry.path);
  }
  for (const [path, entry] of before) changes[entry.class].removed.push(path);
  return changes;
}

const entriesOf = ({ entries }: AnyIntegrityManifest): readonly Entry[] => entries;

function isChanged(a: Entry, b: Entry): boolean {
  if ('mode' in a && 'mode' in b) return a.class !== b.class || differingFacets(a, b).length > 0;
  return !Buffer.from(canonicalJson(stateOf(a))).equals(canonicalJson(stateOf(b)));
}

/** What a path is, without how that is known. */
function stateOf({ origin: _origin, evidence: _evidence, ...state }: Entry) {
  return state;
}

/** The difference as bytes: canonical JSON, so that who reviews and who signs speak of the same digest. */
export function encodeDiff(diff: EditionDiff): Uint8Array {
  return canonicalJson(diff);
}
