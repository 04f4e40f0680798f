import { coreIntegrityStatementType, type WimIntegrityManifest } from '@imprint/protocol';
import type { Agreement } from '../../../evidence/integrity/agreement.ts';
import { type Artifact, statementAbout } from '../../../evidence/statement/statement.ts';
import { verifier } from '../../../evidence/verifier.ts';
import type { WimClassification } from '../integrity/classify-wim.ts';
import type { SignatureSurvey } from '../integrity/signature-survey.ts';
import { imageDigest, type WindowsBill } from './bill.ts';
import type { RegistryChange } from './registry-document.ts';
import type { ToolWarning } from './tool-warnings.ts';

/** The largest lists of paths a statement carries; the manifest always has them all. */
const listedPaths = 200;

export interface WindowsStatementInput {
  readonly bill: WindowsBill;
  readonly artifacts: readonly Artifact[];
  readonly manifest: WimIntegrityManifest;
  readonly manifestFile: { readonly sha256: string; readonly sm3?: string | undefined };
  /** Merkle root and number of entries of the vendor's image alone. */
  readonly core: { readonly root: string; readonly entries: number };
  readonly agreement?: Agreement | undefined;
  readonly classification: WimClassification;
  readonly registry: readonly RegistryChange[];
  readonly signatures: SignatureSurvey;
  readonly method: 'in-place' | 'replaced';
  /** `decompressed`: all data was unpacked and hashed · `stored-bytes`: compared as stored with a base that was. */
  readonly content: 'decompressed' | 'stored-bytes';
  readonly steps: readonly string[];
  readonly declaredSteps: number;
  readonly tools: Readonly<Record<string, string>>;
  readonly warnings: readonly ToolWarning[];
}

/** The statement "the vendor's core is unchanged" about a Windows edition; it holds no time of verification. */
export function windowsCoreStatement(input: WindowsStatementInput) {
  const { bill, manifest, agreement } = input;
  const { image } = bill.lock;
  const { sha256, sm3 } = input.manifestFile;
  return statementAbout(input.artifacts, coreIntegrityStatementType, {
    verifier,
    core: {
      uri: `urn:imprint:core:windows:${image.editionId}:${image.version.build}`,
      digest: { sha256: imageDigest(image.parts) },
      files: image.parts.map((part) => ({ name: part.name, digest: { sha256: part.sha256 } })),
      manifest: { algorithm: 'rfc6962-sha256', root: input.core.root, entries: input.core.entries },
    },
    edition: {
      manifest: {
        algorithm: 'rfc6962-sha256',
        root: manifest.merkleRoot,
        entries: manifest.entries.length,
        digest: { sha256, ...(sm3 === undefined ? {} : { sm3 }) },
      },
    },
    ...(agreement === undefined
      ? {}
      : { policy: { vendor: agreement.mutableCore.vendor, digest: { sha256: agreement.sha256 } } }),
    method: { hives: input.method, content: input.content },
    tools: input.tools,
    warnings: input.warnings,
    overlay: overlay(input),
    findings: findings(input),
    signatures: input.signatures,
    firstBoot: { state: 'declared', steps: input.declaredSteps },
    counts: manifest.counts,
    result: 'passed',
  });
}

function findings({ manifest, classification, registry }: WindowsStatementInput) {
  const { agreed, losses } = classification;
  return {
    unchanged: manifest.counts.core,
    replacedUnderPolicy: limited(
      agreed.map(({ path, step = 'unknown', note = '' }) => ({ path, step, reason: note })),
    ),
    lost: limited(losses.map(({ path, step = 'unknown', facets }) => ({ path, step, facets }))),
    registry: limited(registry.map(({ hive, key, kind, name, step }) => ({ hive, key, kind, name, step }))),
    addedUnderOverlay: manifest.counts.overlay,
    violations: [],
  };
}

function overlay({ manifest, steps }: WindowsStatementInput) {
  const added = new Map<string, number>();
  for (const { class: fileClass, origin } of manifest.entries)
    if (fileClass === 'overlay') added.set(origin, (added.get(origin) ?? 0) + 1);
  return steps.map((step) => ({ step, added: added.get(step) ?? 0 }));
}

function limited<T>(items: readonly T[]): { readonly total: number; readonly items: readonly T[] } {
  return { total: items.length, items: items.slice(0, listedPaths) };
}
