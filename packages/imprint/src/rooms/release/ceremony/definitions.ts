import { join } from 'node:path';
import type { ContentStore } from '@imprint/edition';
import { AntivirusDefinitions, type EditionLock, type ReleaseManifest } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { releaseError } from '../errors.ts';
import type { Check } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { compared } from './checks.ts';
import { parseDocument, readOptional } from './files.ts';
import { candidateNames } from './paths.ts';

type Facts = NonNullable<ReleaseManifest['antivirusDefinitions']>;

/** The description of the edition's definitions set, as the lock pins it. */
function descriptionOf(lock: EditionLock) {
  return lock.inputs.find(({ role, name }) => role === 'antivirus-definitions' && name.endsWith('.json'));
}

function factsOf(bytes: Uint8Array, file: string): Facts {
  const { version, builtAt } = parseDocument(AntivirusDefinitions, bytes, file);
  return { version, builtAt, sha256: sha256Hex(bytes) };
}

/** Reads from the store what a release says of its antivirus definitions; undefined where the edition has none. @throws RELEASE_ARTIFACT_ABSENT */
export async function readDefinitions(
  lock: EditionLock,
  store: ContentStore | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly facts: Facts } | undefined> {
  const input = descriptionOf(lock);
  if (input === undefined) return undefined;
  if (store === undefined || !(await store.has(input.sha256))) {
    throw releaseError('RELEASE_ARTIFACT_ABSENT', { name: input.name });
  }
  const bytes = await store.read(input.sha256);
  return { bytes, facts: factsOf(bytes, input.name) };
}

/** The definitions a release names are those of its lock, with the version and age their description states. */
export async function definitionsChecks({ directory, lock, manifest }: Candidate): Promise<Check[]> {
  const id = 'antivirus definitions';
  const [pinned, stated] = [descriptionOf(lock)?.sha256, manifest.antivirusDefinitions];
  if (pinned === undefined || stated === undefined)
    return [compared(id, pinned ?? 'none', stated?.sha256 ?? 'none')];
  const file = join(directory, candidateNames.definitions);
  const bytes = await readOptional(file, 1_000_000);
  if (bytes === undefined) return [{ id, state: 'absent' }];
  const text = ({ version, builtAt, sha256 }: Facts) => `${version} ${builtAt} ${sha256}`;
  return [
    compared(id, pinned, stated.sha256),
    compared(`${id} file`, text(factsOf(bytes, file)), text(stated)),
  ];
}
