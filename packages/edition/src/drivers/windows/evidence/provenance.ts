import type { BuildRecord } from '@imprint/protocol';
import { type Artifact, statementAbout } from '../../../evidence/statement/statement.ts';
import { verifier } from '../../../evidence/verifier.ts';
import type { WindowsBill } from './bill.ts';

export interface WindowsProvenanceInput {
  readonly bill: WindowsBill;
  readonly planSha256: string;
  readonly profile: BuildRecord['profile'];
  readonly artifacts: readonly Artifact[];
  readonly tools: Readonly<Record<string, string>>;
}

/** Writes SLSA v1.1 build provenance: the vendor's files and every input by digest. Source: SLSA v1.1, Provenance. */
export function windowsProvenance({ bill, planSha256, profile, artifacts, tools }: WindowsProvenanceInput) {
  const { lock, lockSha256 } = bill;
  const { image } = lock;
  const named = (kind: string, name: string, sha256: string) => ({
    ...{ name: `${kind}:${name}`, digest: { sha256 } },
  });
  return statementAbout(artifacts, 'https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'urn:imprint:build:windows:v1',
      externalParameters: {
        edition: lock.edition,
        version: lock.version,
        lock: { digest: { sha256: lockSha256 } },
        image: { index: image.index, editionId: image.editionId },
        outputs: lock.manifest.outputs,
        profile,
      },
      internalParameters: { planSha256, sourceDateEpoch: lock.sourceDateEpoch },
      resolvedDependencies: [
        ...image.parts.map(({ name, sha256 }) => named('image', name, sha256)),
        ...(image.medium === undefined ? [] : [named('medium', image.medium.name, image.medium.sha256)]),
        ...lock.inputs.map(({ role, name, sha256 }) => named(role, name, sha256)),
      ],
    },
    runDetails: { builder: { id: verifier.id, version: { imprint: verifier.version, ...tools } } },
  });
}
