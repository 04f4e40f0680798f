import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianLock } from '@imprint/protocol';
import { writeFileDurably } from '../store/index.ts';
import { encodeIndex, type MergedTree } from '../tree/index.ts';
import { type CoreClassification, classifyCore } from './integrity/classify-core.ts';
import { parseDiversions } from './integrity/diversions.ts';
import { integrityRoot } from './integrity/manifest.ts';
import { type EvidenceLayer, readMerged } from './layer-files.ts';
import { type ReferenceContext, referencesOf } from './reference/reference-cache.ts';
import { factsOf, type PackageFacts } from './sbom/facts.ts';

const schema = 'imprint/core/v1';

/** All that evidence says about the core alone; the same for every edition on the same core layers. */
export interface CoreEvidence {
  readonly schema: typeof schema;
  readonly classification: CoreClassification;
  readonly root: string;
  /** In the order of the lock's `base`, then `packages`. */
  readonly facts: readonly PackageFacts[];
}

/** Names the core by content: its layers' indexes and its packages' digests. */
function coreKey(layers: readonly EvidenceLayer[], lock: DebianLock): string {
  const hash = createHash('sha256').update(schema);
  for (const { sha256 } of [...lock.base, ...lock.packages]) hash.update(sha256);
  for (const { id, index } of layers) {
    hash.update(`\n${id}\n`);
    for (const chunk of encodeIndex(index)) hash.update(chunk);
  }
  return hash.digest('hex');
}

/**
 * Classifies the core layers against the packages they were made of, or finds the result of an earlier build.
 *
 * @param onCached called when nothing had to be done again
 */
export async function coreEvidence(
  layers: readonly EvidenceLayer[],
  core: MergedTree,
  lock: DebianLock,
  context: ReferenceContext & { readonly onCached?: () => void },
): Promise<CoreEvidence> {
  const file = join(context.cacheDir, 'core', `${coreKey(layers, lock)}.json`);
  const cached = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as CoreEvidence,
    () => undefined,
  );
  if (cached?.schema === schema) {
    context.onCached?.();
    return cached;
  }
  const references = await referencesOf([...lock.base, ...lock.packages], context);
  const diversions = readMerged(layers, core, '/var/lib/dpkg/diversions')?.toString('utf8') ?? '';
  const classification = classifyCore(core, references, parseDiversions(diversions));
  const made: CoreEvidence = {
    schema,
    classification,
    root: integrityRoot(classification.entries),
    facts: references.map(factsOf),
  };
  await writeFileDurably(file, JSON.stringify(made));
  return made;
}
