import type { BuildRecord, DebianLock } from '@imprint/protocol';
import { packageUrl } from '../sbom/facts.ts';
import { verifier } from '../verifier.ts';
import { type Artifact, statementAbout } from './statement.ts';

export interface ProvenanceInput {
  readonly lock: DebianLock;
  readonly lockSha256: string;
  readonly planSha256: string;
  readonly profile: BuildRecord['profile'];
  readonly artifacts: readonly Artifact[];
}

/**
 * Writes SLSA v1.1 build provenance: every locked package, archive index and input by digest. It states no times and
 * no invocation, which would differ between builds that are the same.
 *
 * Source: SLSA v1.1, Provenance.
 */
export function provenanceStatement(input: ProvenanceInput) {
  const { lock } = input;
  return statementAbout(input.artifacts, 'https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'urn:imprint:build:debian:v1',
      externalParameters: {
        edition: lock.edition,
        version: lock.version,
        lock: { digest: { sha256: input.lockSha256 } },
        outputs: lock.manifest.outputs,
        profile: input.profile,
      },
      internalParameters: { planSha256: input.planSha256, sourceDateEpoch: lock.sourceDateEpoch },
      resolvedDependencies: [...archives(lock), ...packages(lock), ...inputs(lock)],
    },
    runDetails: { builder: { id: verifier.id, version: { imprint: verifier.version } } },
  });
}

function archives(lock: DebianLock) {
  return lock.archives.map(({ archive, mirror, suite, inReleaseSha256 }) => ({
    name: `InRelease:${archive}`,
    uri: `${mirror.replace(/\/$/, '')}/dists/${suite}/InRelease`,
    digest: { sha256: inReleaseSha256 },
  }));
}

function packages(lock: DebianLock) {
  const { suite } = lock.manifest.base.debian;
  const groups = { base: lock.base, packages: lock.packages, tools: lock.tools };
  return Object.entries(groups).flatMap(([group, list]) =>
    list.map((locked) => ({
      name: locked.name,
      uri: packageUrl(locked, suite),
      digest: { sha256: locked.sha256 },
      annotations: { group },
    })),
  );
}

function inputs(lock: DebianLock) {
  return lock.inputs.map(({ role, name, sha256 }) => ({
    name: `${role}:${name}`,
    digest: { sha256 },
  }));
}
