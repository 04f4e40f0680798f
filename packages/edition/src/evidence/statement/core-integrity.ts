import { coreIntegrityStatementType, type DebianLock, type IntegrityManifest } from '@imprint/protocol';
import type { Agreement } from '../integrity/agreement.ts';
import type { MemberFinding } from '../integrity/classify-core.ts';
import type { CoreFinding } from '../integrity/classify-edition.ts';
import { verifier } from '../verifier.ts';
import { type Artifact, statementAbout } from './statement.ts';

/** The largest lists of paths a statement carries; the manifest always has them all. */
const listedPaths = 200;

export interface CoreIntegrityInput {
  readonly lock: DebianLock;
  readonly lockSha256: string;
  readonly artifacts: readonly Artifact[];
  readonly manifest: IntegrityManifest;
  readonly manifestFile: { readonly sha256: string; readonly sm3?: string | undefined };
  /** Merkle root and number of entries of the clean build alone. */
  readonly core: { readonly root: string; readonly entries: number };
  readonly agreement?: Agreement | undefined;
  readonly agreed: readonly CoreFinding[];
  readonly records: readonly CoreFinding[];
  /** Members that maintainer scripts changed in the clean build. */
  readonly generated: readonly MemberFinding[];
  /** The edition's steps, in the order they were done. */
  readonly steps: readonly string[];
}

/**
 * The statement "the vendor's core is unchanged". It holds no time of verification: that belongs to who signs it, and
 * would make the same build say different bytes.
 */
export function coreIntegrityStatement(input: CoreIntegrityInput) {
  const { lock, manifest, agreement } = input;
  const { sha256, sm3 } = input.manifestFile;
  const added = new Map<string, number>();
  for (const { class: fileClass, origin } of manifest.entries)
    if (fileClass === 'overlay') added.set(origin, (added.get(origin) ?? 0) + 1);
  return statementAbout(input.artifacts, coreIntegrityStatementType, {
    verifier,
    core: {
      uri: `urn:imprint:core:debian:${lock.manifest.base.debian.suite}`,
      digest: { sha256: input.lockSha256 },
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
    overlay: input.steps.map((step) => ({ step, added: added.get(step) ?? 0 })),
    findings: {
      unchanged: manifest.counts.core,
      replacedUnderPolicy: limited(
        input.agreed.map(({ path, step, note }) => ({ path, step, reason: note ?? '' })),
      ),
      recordsEqualByMeaning: limited(input.records.map(({ path, step }) => ({ path, step }))),
      changedByMaintainerScripts: limited(
        input.generated.map(({ path, origin, facets }) => ({ path, origin, facets })),
      ),
      addedUnderOverlay: manifest.counts.overlay,
      violations: [],
    },
    counts: manifest.counts,
    result: 'passed',
  });
}

function limited<T>(items: readonly T[]): { readonly total: number; readonly items: readonly T[] } {
  return { total: items.length, items: items.slice(0, listedPaths) };
}
