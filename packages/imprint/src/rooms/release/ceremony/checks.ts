import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import { canonicalJson, hashFile, sha256Hex } from '@imprint/trust';
import type { Check } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { factsOfLock } from './derive.ts';
import { exists } from './files.ts';
import { candidateNames } from './paths.ts';
import { approvalStatement } from './statement.ts';

/** One comparison as a check; `expected` is what this machine derived, `got` what the candidate says. */
export function compared(id: string, expected: string, got: string): Check {
  return expected === got ? { id, state: 'ok', got } : { id, state: 'failed', expected, got };
}

/** The lock is the one the release names, and says of it what the release says. */
export function lockChecks({ manifest, lock, lockBytes }: Candidate): Check[] {
  const text = (value: unknown) => Buffer.from(canonicalJson(value)).toString('utf8');
  const facts = factsOfLock(lock);
  return [
    compared('lock', sha256Hex(lockBytes), manifest.lockSha256),
    compared('edition', `${lock.edition} ${lock.version}`, `${manifest.edition} ${manifest.version}`),
    compared('base', text(facts.base), text(manifest.base)),
    compared('policy', text(facts.policy), text(manifest.policy)),
    compared(
      'antivirus providers',
      text(facts.antivirusProviders ?? []),
      text(manifest.antivirusProviders ?? []),
    ),
    compared('vendor policy', facts.mutableCoreSha256 ?? 'none', manifest.mutableCoreSha256 ?? 'none'),
  ];
}

/** The statement is the one this tool writes about these release bytes. */
export function statementCheck({ releaseBytes, statementBytes }: Candidate): Check {
  const own = sha256Hex(approvalStatement(releaseBytes));
  return compared('statement', own, sha256Hex(statementBytes));
}

type FileRecord = Pick<ReleaseManifest['artifacts'][number], 'name' | 'digests' | 'sizeBytes'>;

/** Every artifact and evidence file, hashed again where it is here. */
export async function fileChecks(candidate: Candidate): Promise<Check[]> {
  const { artifacts, evidence } = candidate.manifest;
  const checks: Check[] = [];
  for (const record of artifacts) checks.push(await fileCheck(candidate, candidateNames.artifacts, record));
  for (const record of evidence) checks.push(await fileCheck(candidate, candidateNames.evidence, record));
  for (const record of installersOf(candidate.manifest))
    checks.push(await fileCheck(candidate, candidateNames.installers, record));
  return checks;
}

/** Packages of antivirus providers that are not in the image, as files of the release. */
export const installersOf = ({ antivirusProviders = [] }: ReleaseManifest): FileRecord[] =>
  antivirusProviders.flatMap(({ installer }) =>
    installer === undefined
      ? []
      : [
          {
            name: `${installer.sha256}.deb`,
            digests: { sha256: installer.sha256 },
            sizeBytes: installer.sizeBytes,
          },
        ],
  );

async function fileCheck(candidate: Candidate, folder: string, record: FileRecord): Promise<Check> {
  const id = `${folder}/${record.name}`;
  const file = join(candidate.directory, folder, record.name);
  if (!(await exists(file))) return { id, state: 'absent' };
  const found = await hashFile(file);
  const sm3 = record.digests.sm3 === undefined ? [] : [compared(id, found.sm3, record.digests.sm3)];
  const checks = [
    compared(id, found.sha256, record.digests.sha256),
    ...sm3,
    compared(id, String(found.sizeBytes), String(record.sizeBytes)),
  ];
  return checks.find((check) => check.state === 'failed') ?? { id, state: 'ok', got: found.sha256 };
}
