import { createHash, X509Certificate } from 'node:crypto';
import {
  type FirstBootPlan,
  type PolicyCheck,
  type PolicyFile,
  type WimIntegrityEntry,
  windowsDevicePaths,
} from '@imprint/protocol';
import { canonicalJson } from '@imprint/trust';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { ContentStore } from '../../../store/index.ts';
import type { ChecklistSubject } from './model.ts';

/** How many files of the core a device is asked about. */
const corePaths = 200;
const largestCoreFileBytes = 64 * 1024 * 1024;

/** A registry value a policy looks at, with the policy's id. */
export type RegistryExpectation = { readonly policy: string } & Omit<
  Extract<PolicyCheck, { kind: 'registry' }>,
  'kind' | 'value'
>;

/** A file to hash: the edition's own by SHA-256, the vendor's by SHA-1, which is what its image has. */
export interface ExpectedPath {
  readonly path: string;
  readonly algorithm: 'SHA256' | 'SHA1';
  readonly digest: string;
  readonly class: WimIntegrityEntry['class'];
  readonly volatile: boolean;
}

/** All that a checklist script looks at; made from a build and nothing else, so that it can be made again. */
export interface ChecklistData {
  readonly edition: string;
  readonly version: string;
  readonly lockSha256: string;
  readonly image: { readonly editionId: string; readonly osVersion: string };
  readonly artifacts: readonly { readonly kind: string; readonly name: string; readonly sha256: string }[];
  readonly paths: readonly ExpectedPath[];
  readonly registry: readonly RegistryExpectation[];
  readonly roots: readonly string[];
  readonly firstBoot: FirstBootPlan['steps'];
}

/** Makes a build's checklist. */
export function checklistData({ record, plan, integrity, roots }: ChecklistSubject): ChecklistData {
  const { major, minor, build, revision } = plan.image.version;
  return {
    edition: record.edition,
    version: record.version,
    lockSha256: record.lockSha256,
    image: {
      editionId: plan.image.editionId,
      osVersion: [major, minor, build, revision].join('.'),
    },
    artifacts: record.artifacts.map(({ kind, name, digests }) => ({ kind, name, sha256: digests.sha256 })),
    paths: [...overlayPaths(integrity.entries), ...coreSample(integrity.entries)],
    registry: policiesOf(plan).flatMap(({ id, observe }) =>
      observe.flatMap((check) => {
        if (check.kind !== 'registry') return [];
        const { root, key, name, type, expected } = check;
        return [{ policy: id, root, key, name, type, expected }];
      }),
    ),
    roots: [...roots].sort(),
    firstBoot: plan.firstBoot.steps,
  };
}

/** Names a checklist by all it holds. */
export function checklistSha256(data: ChecklistData): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex');
}

/** The thumbprints of the authorities a plan makes a machine trust. */
export async function rootThumbprints(plan: WindowsBuildPlan, store: ContentStore): Promise<string[]> {
  const actions = plan.steps.flatMap((step) => step.actions);
  const digests = actions.flatMap((action) => (action.kind === 'trust-certificate' ? [action.sha256] : []));
  const certificates = await Promise.all(digests.map((sha256) => store.read(sha256)));
  return certificates.map((bytes) => new X509Certificate(bytes).fingerprint.replaceAll(':', ''));
}

function policiesOf(plan: WindowsBuildPlan): PolicyFile {
  for (const action of plan.steps.flatMap((step) => step.actions))
    if (action.kind === 'write' && action.path === windowsDevicePaths.policy)
      return JSON.parse(action.text) as PolicyFile;
  return [];
}

function overlayPaths(entries: readonly WimIntegrityEntry[]): ExpectedPath[] {
  return entries.flatMap((entry) => {
    const { path, sha256, volatile = false } = entry;
    if (entry.class !== 'overlay' || sha256 === undefined) return [];
    return [{ path, algorithm: 'SHA256' as const, digest: sha256, class: entry.class, volatile }];
  });
}

/** Core files spread evenly over the order of their digests: an even choice, and the same each time. */
function coreSample(entries: readonly WimIntegrityEntry[]): ExpectedPath[] {
  const files = entries.filter(
    (entry) =>
      entry.class === 'core' &&
      entry.type === 'file' &&
      entry.volatile !== true &&
      (entry.sizeBytes ?? 0) > 0 &&
      (entry.sizeBytes ?? 0) <= largestCoreFileBytes,
  );
  const sorted = files.toSorted((a, b) => ((a.sha1 ?? '') < (b.sha1 ?? '') ? -1 : 1));
  const every = Math.max(1, Math.ceil(sorted.length / corePaths));
  return sorted
    .filter((_, index) => index % every === 0)
    .map(({ path, sha1 = '' }) => ({
      ...{ path, algorithm: 'SHA1' as const, digest: sha1, class: 'core' as const, volatile: false },
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
