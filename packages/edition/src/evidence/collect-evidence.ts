import { join } from 'node:path';
import type {
  BuildRecord,
  DebianLock,
  IntegrityCounts,
  IntegrityManifest,
  PolicyFile,
} from '@imprint/protocol';
import { devicePaths } from '@imprint/protocol';
import { digestsOf } from '@imprint/trust';
import { beginStage, type Reporter } from '../progress.ts';
import { type ContentStore, writeFileDurably } from '../store/index.ts';
import { type MergedTree, mergeIndexes } from '../tree/index.ts';
import { billOf } from './bill.ts';
import { renderColophon } from './colophon/render-colophon.ts';
import { type CoreEvidence, coreEvidence } from './core-cache.ts';
import { certificatesIn } from './database/certificate-bundle.ts';
import { evidenceError } from './errors.ts';
import { type Agreement, parseAgreement } from './integrity/agreement.ts';
import {
  type CoreFinding,
  classifyEdition,
  type EditionClassification,
} from './integrity/classify-edition.ts';
import { buildManifest, encodeManifest } from './integrity/manifest.ts';
import { type EvidenceLayer, readMerged, removerOf } from './layer-files.ts';
import type { ReferenceContext } from './reference/reference-cache.ts';
import { cycloneDx } from './sbom/cyclonedx.ts';
import type { BillOfMaterials } from './sbom/facts.ts';
import { spdx } from './sbom/spdx.ts';
import { coreIntegrityStatement } from './statement/core-integrity.ts';
import { provenanceStatement } from './statement/provenance.ts';
import type { Artifact } from './statement/statement.ts';

export interface EvidenceInput {
  readonly lock: DebianLock;
  readonly lockSha256: string;
  readonly planSha256: string;
  readonly profile: BuildRecord['profile'];
  /** Lower layers first; `core` layers come before `overlay` layers. */
  readonly layers: readonly EvidenceLayer[];
  /** What the statements are about; may still be in the making, so that both run side by side. */
  readonly artifacts: readonly Artifact[] | Promise<readonly Artifact[]>;
  readonly store: ContentStore;
  /** Kept between builds: references by package digest, classifications by core. */
  readonly cacheDir: string;
  /** Receives the files. */
  readonly outDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export interface CollectedEvidence {
  readonly files: BuildRecord['evidence'];
  readonly counts: IntegrityCounts;
}

/**
 * Makes all evidence of a build: integrity manifest, core-integrity statement, bills of materials, provenance and
 * colophon. The same lock and layers give the same bytes.
 *
 * @throws EVIDENCE_CORE_MODIFIED with one EVIDENCE_CORE_PATH_MODIFIED for each violation; no file is written then
 * @throws EVIDENCE_AGREEMENT_MALFORMED, EVIDENCE_PACKAGE_MISMATCH, EVIDENCE_TAR_MALFORMED, STORE_BLOB_MISSING
 */
export async function collectEvidence(input: EvidenceInput): Promise<CollectedEvidence> {
  const stage = beginStage(input.reporter, 'evidence');
  const context: ReferenceContext = {
    ...input,
    onPackage: (done, total, cached) => {
      if (!cached) stage.report({ kind: 'progress', step: 'reference', done, total, unit: 'packages' });
    },
  };
  const trees = treesOf(input.layers);
  const core = await coreEvidence(trees.coreLayers, trees.core, input.lock, {
    ...context,
    onCached: () => stage.report({ kind: 'cached', step: 'reference' }),
  });
  const bill = await billOf(input.lock, input.lockSha256, core.facts, context);
  const agreement = await agreementOf(input);
  const certificates = await certificatesOf(input);
  const classification = classify(input, trees, core, bill, agreement, certificates);
  refuseViolations(classification.violations);
  input.signal?.throwIfAborted();
  const made: Made = {
    input,
    trees,
    core,
    bill,
    agreement,
    classification,
    artifacts: await input.artifacts,
  };
  const files = await writeAll(input.outDir, documentsOf(made));
  stage.finish({ done: classification.entries.length, unit: 'files' });
  return { files, counts: classification.counts };
}

interface Trees {
  readonly coreLayers: readonly EvidenceLayer[];
  readonly core: MergedTree;
  readonly edition: MergedTree;
}

interface Made {
  readonly input: EvidenceInput;
  readonly trees: Trees;
  readonly core: CoreEvidence;
  readonly bill: BillOfMaterials;
  readonly agreement: Agreement | undefined;
  readonly classification: EditionClassification;
  readonly artifacts: readonly Artifact[];
}

function treesOf(layers: readonly EvidenceLayer[]): Trees {
  const coreLayers = layers.filter(({ kind }) => kind === 'core');
  return { coreLayers, core: mergeIndexes(coreLayers), edition: mergeIndexes(layers) };
}

async function agreementOf({ lock, store }: EvidenceInput): Promise<Agreement | undefined> {
  const locked = lock.inputs.find(({ role }) => role === 'mutable-core');
  if (locked === undefined) return undefined;
  return parseAgreement((await store.read(locked.sha256)).toString('utf8'), locked.sha256);
}

async function certificatesOf({ lock, store }: EvidenceInput): Promise<Set<string>> {
  const roots = lock.inputs.filter(({ role }) => role === 'trust-root');
  const texts = await Promise.all(roots.map(({ sha256 }) => store.read(sha256)));
  return new Set(texts.flatMap((text) => certificatesIn(text.toString('latin1'))));
}

function classify(
  { layers }: EvidenceInput,
  trees: Trees,
  core: CoreEvidence,
  bill: BillOfMaterials,
  agreement: Agreement | undefined,
  certificates: ReadonlySet<string>,
): EditionClassification {
  return classifyEdition({
    ...trees,
    classification: core.classification,
    agreement,
    certificates,
    components: new Set(bill.local.map(({ facts }) => facts.name)),
    removedBy: removerOf(layers),
    readFile: (tree, path) => readMerged(layers, trees[tree], path) ?? Buffer.alloc(0),
  });
}

function refuseViolations(violations: readonly CoreFinding[]): void {
  const details = violations.map(({ path, origin, step, facets, note }) => {
    const why = typeof note === 'object' ? note.en : note;
    const what = why === undefined ? facets.join(', ') : `${facets.join(', ')}: ${why}`;
    return evidenceError('EVIDENCE_CORE_PATH_MODIFIED', { path, origin, step, facets: what });
  });
  const [first] = details;
  if (first === undefined) return;
  throw evidenceError('EVIDENCE_CORE_MODIFIED', { count: details.length, ...first.params }, { details });
}

interface Document {
  readonly kind: BuildRecord['evidence'][number]['kind'];
  readonly name: string;
  readonly content: Uint8Array | string;
}

function documentsOf(made: Made): Document[] {
  const { input, bill, artifacts, agreement, classification } = made;
  const { lock, lockSha256, planSha256, profile } = input;
  const { counts, entries } = classification;
  const { edition, version } = lock;
  const mutableCoreSha256 = agreement?.sha256;
  const manifest = buildManifest({ edition, version, lockSha256, mutableCoreSha256, counts, entries });
  const packed = encodeManifest(manifest);
  const provenance = provenanceStatement({ lock, lockSha256, planSha256, profile, artifacts });
  return [
    { kind: 'integrity', name: 'integrity.json.gz', content: packed },
    {
      kind: 'core-integrity-statement',
      name: 'core-integrity.intoto.json',
      content: json(statementOf(made, manifest, packed)),
    },
    { kind: 'sbom-cyclonedx', name: 'sbom.cdx.json', content: json(cycloneDx(bill)) },
    { kind: 'sbom-spdx', name: 'sbom.spdx.json', content: json(spdx(bill)) },
    { kind: 'provenance', name: 'provenance.intoto.json', content: json(provenance) },
    { kind: 'colophon', name: 'colophon.html', content: colophonOf(made, manifest) },
  ];
}

function statementOf(made: Made, manifest: IntegrityManifest, packed: Uint8Array) {
  const { input, core, agreement, classification, artifacts } = made;
  const { lock, lockSha256, layers } = input;
  const { agreed, records } = classification;
  return coreIntegrityStatement({
    ...{ lock, lockSha256, artifacts, manifest, agreement, agreed, records },
    manifestFile: digestsOf(packed),
    core: { root: core.root, entries: core.classification.entries.length },
    generated: core.classification.findings,
    steps: overlaySteps(layers),
  });
}

function colophonOf(
  { input, trees, bill, agreement, classification, artifacts }: Made,
  manifest: IntegrityManifest,
) {
  const { layers } = input;
  const { agreed, records } = classification;
  const policyText = readMerged(layers, trees.edition, devicePaths.policy)?.toString('utf8');
  const policies = policyText === undefined ? [] : (JSON.parse(policyText) as PolicyFile);
  const steps = overlaySteps(layers);
  return renderColophon({ bill, manifest, steps, artifacts, agreement, agreed, records, policies });
}

function overlaySteps(layers: readonly EvidenceLayer[]): string[] {
  return layers.filter(({ kind }) => kind === 'overlay').map(({ id }) => id);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

async function writeAll(directory: string, documents: readonly Document[]): Promise<BuildRecord['evidence']> {
  const files: BuildRecord['evidence'] = [];
  for (const { kind, name, content } of documents) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await writeFileDurably(join(directory, name), bytes);
    files.push({ kind, name, digests: digestsOf(bytes), sizeBytes: bytes.length });
  }
  return files;
}
