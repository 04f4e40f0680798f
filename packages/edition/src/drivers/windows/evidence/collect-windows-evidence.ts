import { join } from 'node:path';
import {
  type BuildRecord,
  type IntegrityCounts,
  type PolicyFile,
  type WimIntegrityManifest,
  type WindowsLock,
  windowsDevicePaths,
} from '@imprint/protocol';
import { digestsOf } from '@imprint/trust';
import { type Agreement, parseAgreement } from '../../../evidence/integrity/agreement.ts';
import { encodeManifest, integrityRoot } from '../../../evidence/integrity/manifest.ts';
import type { Artifact } from '../../../evidence/statement/statement.ts';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import { beginStage, type Reporter } from '../../../progress.ts';
import { type ContentStore, writeFileDurably } from '../../../store/index.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { checkImage, type ImageCheck } from '../integrity/check-image.ts';
import { windowsCoreError } from '../integrity/errors.ts';
import type { ImageFile, WimFinding } from '../integrity/model.ts';
import { checkOwnCatalog, type OwnCatalogCheck } from '../integrity/own-catalog.ts';
import type { HiveFiles } from '../integrity/registry-check.ts';
import { type SignatureSurvey, signatureSurvey } from '../integrity/signature-survey.ts';
import { windowsBill } from './bill.ts';
import { renderWindowsColophon } from './colophon/render-colophon.ts';
import { windowsProvenance } from './provenance.ts';
import { registryChanges, registryDocument } from './registry-document.ts';
import { windowsCycloneDx } from './sbom-cyclonedx.ts';
import { windowsSpdx } from './sbom-spdx.ts';
import { windowsCoreStatement } from './statement.ts';
import { toolWarnings } from './tool-warnings.ts';

export interface WindowsEvidenceInput {
  readonly lock: WindowsLock;
  readonly lockSha256: string;
  readonly plan: WindowsBuildPlan;
  readonly planSha256: string;
  /** A release has all data unpacked and hashed; a preview rests on the press's comparison with the checked base. */
  readonly profile: BuildRecord['profile'];
  readonly base: ImageFile;
  /** The edition's image, its only one. */
  readonly pressed: ImageFile;
  /** In place keeps a hive's owner, ACL and 8.3 name; replaced drops them, and the evidence says so. */
  readonly method: 'in-place' | 'replaced';
  readonly hives: readonly HiveFiles[];
  readonly added: readonly {
    readonly path: string;
    readonly step: string;
    readonly sha256: string;
    readonly sizeBytes: number;
  }[];
  readonly catalog?: { readonly bytes: Uint8Array; readonly signed: boolean } | undefined;
  readonly tools: Readonly<Record<string, string>>;
  readonly artifacts: readonly Artifact[] | Promise<readonly Artifact[]>;
  readonly store: ContentStore;
  readonly cacheDir: string;
  readonly outDir: string;
  readonly reporter: Reporter;
  /** PEM file of the authorities behind the vendor's signatures; without it their state is told as unknown. */
  readonly vendorRoots?: string | undefined;
  /** How many programs of the core to look at; all if not given. */
  readonly vendorSample?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CollectedWindowsEvidence {
  readonly files: BuildRecord['evidence'];
  readonly counts: IntegrityCounts;
}

/**
 * Makes all evidence of a Windows build: integrity manifest, core-integrity statement, registry changes, first-boot
 * plan, catalog, bills of materials, provenance and colophon. The same inputs give the same bytes.
 *
 * @throws WINDOWS_CORE_MODIFIED with one WINDOWS_CORE_PATH for each violation; no file is written then
 * @throws WINDOWS_WIM_CORRUPT, WINDOWS_HIVE_*, EVIDENCE_AGREEMENT_MALFORMED, STORE_BLOB_MISSING
 */
export async function collectWindowsEvidence(input: WindowsEvidenceInput): Promise<CollectedWindowsEvidence> {
  const stage = beginStage(input.reporter, 'evidence');
  const agreement = await agreementOf(input);
  const check = await checkImage({ ...input, agreement, decompress: input.profile === 'release' });
  const catalog = await catalogCheck(input, check);
  refuseViolations([...check.classification.violations, ...(catalog?.violations ?? [])]);
  const signatures = await vendorSignatures(input, check);
  input.signal?.throwIfAborted();
  const artifacts = await input.artifacts;
  const documents = documentsOf({ input, agreement, check, catalog, signatures, artifacts });
  const files = await writeAll(input.outDir, documents);
  stage.finish({ done: check.classification.entries.length, unit: 'files' });
  return { files, counts: check.classification.counts };
}

async function agreementOf({ lock, store }: WindowsEvidenceInput): Promise<Agreement | undefined> {
  const locked = lock.inputs.find(({ role }) => role === 'mutable-core');
  if (locked === undefined) return undefined;
  return parseAgreement((await store.read(locked.sha256)).toString('utf8'), locked.sha256);
}

async function catalogCheck(
  { catalog, added, plan, lock, store, cacheDir, signal }: WindowsEvidenceInput,
  { readBack }: ImageCheck,
): Promise<OwnCatalogCheck | undefined> {
  if (catalog === undefined) return undefined;
  const own = plan.steps.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'catalog' ? [foldPath(action.path)] : [])),
  );
  const signer = lock.inputs.find(({ role }) => role === 'catalog-signer');
  const files = added.flatMap(({ path }) => {
    const file = own.includes(foldPath(path)) ? undefined : readBack.get(foldPath(path));
    return file === undefined ? [] : [[path, file] as const];
  });
  return await checkOwnCatalog({
    bytes: catalog.bytes,
    files: new Map(files),
    signer: catalog.signed && signer !== undefined ? store.path(signer.sha256) : undefined,
    ...{ workDir: cacheDir, signal },
  });
}

function refuseViolations(violations: readonly WimFinding[]): void {
  const details = violations.map(({ path, facets, note }) => {
    const why = typeof note === 'object' ? note.en : note;
    const what = why === undefined ? facets.join(', ') : `${facets.join(', ')}: ${why}`;
    return windowsCoreError('WINDOWS_CORE_PATH', { path, facets: what });
  });
  const [first] = details;
  if (first === undefined) return;
  throw windowsCoreError('WINDOWS_CORE_MODIFIED', { count: details.length, ...first.params }, { details });
}

async function vendorSignatures(
  { vendorRoots, vendorSample, pressed, cacheDir, signal }: WindowsEvidenceInput,
  { classification, base }: ImageCheck,
): Promise<SignatureSurvey> {
  if (vendorRoots === undefined)
    return { state: 'unknown', reason: "the vendor's authorities were not given" };
  const paths = new Set(
    classification.entries.filter((entry) => entry.class === 'core').map(({ path }) => path),
  );
  const core = base.entries.filter(({ path }) => paths.has(path));
  return await signatureSurvey({
    ...{ image: pressed, core, roots: vendorRoots, sample: vendorSample, workDir: cacheDir, signal },
  });
}

interface Made {
  readonly input: WindowsEvidenceInput;
  readonly agreement: Agreement | undefined;
  readonly check: ImageCheck;
  readonly catalog: OwnCatalogCheck | undefined;
  readonly signatures: SignatureSurvey;
  readonly artifacts: readonly Artifact[];
}

interface Document {
  readonly kind: BuildRecord['evidence'][number]['kind'];
  readonly name: string;
  readonly content: Uint8Array | string;
}

function documentsOf(made: Made): Document[] {
  const { input, agreement, check, signatures, artifacts } = made;
  const { lock, lockSha256, plan, planSha256, profile, tools } = input;
  const { classification } = check;
  const manifest = manifestOf(made);
  const packed = encodeManifest(manifest);
  const bill = windowsBill(lock, lockSha256);
  const policies = policiesOf(plan);
  const registry = registryChanges(check.registry, policies, lock.image.controlSet);
  const shared = {
    ...{ bill, artifacts, manifest, agreement, classification, registry, signatures, tools },
    content: profile === 'release' ? ('decompressed' as const) : ('stored-bytes' as const),
    warnings: toolWarnings(tools),
  };
  const statement = windowsCoreStatement({
    ...shared,
    ...{
      manifestFile: digestsOf(packed),
      core: { root: check.base.root, entries: check.base.entries.length },
      method: input.method,
    },
    steps: plan.steps.map(({ id }) => id),
    declaredSteps: plan.firstBoot.steps.length,
  });
  const provenance = windowsProvenance({ bill, planSha256, profile, artifacts, tools });
  const page = renderWindowsColophon({ ...shared, plan, policies, catalog: catalogState(made) });
  return [
    { kind: 'integrity', name: 'integrity.json.gz', content: packed },
    { kind: 'core-integrity-statement', name: 'core-integrity.intoto.json', content: json(statement) },
    { kind: 'sbom-cyclonedx', name: 'sbom.cdx.json', content: json(windowsCycloneDx(bill)) },
    { kind: 'sbom-spdx', name: 'sbom.spdx.json', content: json(windowsSpdx(bill)) },
    { kind: 'provenance', name: 'provenance.intoto.json', content: json(provenance) },
    { kind: 'colophon', name: 'colophon.html', content: page },
    { kind: 'first-boot-plan', name: 'first-boot-plan.json', content: json(plan.firstBoot) },
    {
      kind: 'registry-changes',
      name: 'registry-changes.json',
      content: json(registryDocument(lock, lockSha256, registry)),
    },
    ...(input.catalog === undefined
      ? []
      : [{ kind: 'catalog' as const, name: 'added-files.cat', content: input.catalog.bytes }]),
  ];
}

function manifestOf({ input, agreement, check }: Made): WimIntegrityManifest {
  const { lock, lockSha256 } = input;
  const { entries, counts } = check.classification;
  return {
    schema: 'imprint/integrity-wim/v1',
    edition: lock.edition,
    version: lock.version,
    lockSha256,
    merkleRoot: integrityRoot(entries),
    counts,
    ...(agreement === undefined ? {} : { mutableCoreSha256: agreement.sha256 }),
    entries: [...entries],
  };
}

function policiesOf(plan: WindowsBuildPlan): PolicyFile {
  const actions = plan.steps.flatMap((step) => step.actions);
  const file = actions.find((action) => action.kind === 'write' && action.path === windowsDevicePaths.policy);
  return file?.kind === 'write' ? (JSON.parse(file.text) as PolicyFile) : [];
}

const catalogState = ({ catalog }: Made) => catalog?.signature ?? 'none';

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
