import { join } from 'node:path';
import type { BuildRecord, ReleaseManifest } from '@imprint/protocol';
import { exists } from '../../cli/exists.ts';
import {
  type CurrentRelease,
  candidateId,
  candidateStatus,
  loadCandidate,
  publishedStatus,
  readCurrentRelease,
  readRoot,
  releasePaths,
} from '../../rooms/release/index.ts';
import { need, type Published } from '../facts.ts';
import type { Stage, StageContext, StageOutcome } from '../stage.ts';
import { passphraseFile } from './keys.ts';

const channel = 'stable';
/** A release that ends sooner than this is made anew. */
const leastRemainingMs = 7 * 86_400_000;

const kept: StageOutcome = { state: 'kept' };

/** Puts the build forward, unless it is published or a candidate already. */
export const propose: Stage = {
  id: 'propose',
  title: { en: 'propose it as a release', 'zh-CN': '提出候选发布' },
  async run(context) {
    const { driver, facts, home } = context;
    const { directory, record } = need(facts, 'built');
    const current = await readCurrentRelease(home.repository, record.edition, channel);
    if (current !== undefined && isStillRight(current, record, context.now())) {
      facts.published = await publishedFact(context, current);
      facts.candidate = candidateId(current.manifest);
      return kept;
    }
    const { id, sequence, known } = await candidateFor(context, (current?.manifest.sequence ?? 0) + 1);
    facts.candidate = id;
    if (known) return kept;
    const flags = ['--channel', channel, '--sequence', String(sequence), '--by', 'operator'];
    await driver.run(['release', 'propose', directory, ...flags]);
    return { state: 'done', note: id };
  },
};

/** The candidate of this build from `first` on: one that waits for approvals, or the next free place. */
async function candidateFor({ home, facts }: StageContext, first: number) {
  const { record } = need(facts, 'built');
  const { candidates } = releasePaths(home);
  for (let sequence = first; ; sequence += 1) {
    const id = candidateId({ edition: record.edition, version: record.version, sequence });
    const directory = join(candidates, id);
    if (!(await exists(directory))) return { id, sequence, known: false };
    const { manifest } = await loadCandidate(directory);
    if (isOfBuild(manifest, record)) return { id, sequence, known: true };
  }
}

/** Is what is published this very build, and will it still count for a while? */
function isStillRight({ manifest, withdrawal }: CurrentRelease, record: BuildRecord, now: Date): boolean {
  const remainingMs = Date.parse(manifest.expiresAt) - now.getTime();
  return withdrawal === undefined && isOfBuild(manifest, record) && remainingMs > leastRemainingMs;
}

/** A newer press may make other bytes of the same lock: the bytes decide. */
function isOfBuild(manifest: ReleaseManifest, record: BuildRecord): boolean {
  const digests = (files: BuildRecord['artifacts'] | BuildRecord['evidence']) =>
    files
      .map(({ digests: { sha256 } }) => sha256)
      .sort()
      .join();
  return (
    manifest.lockSha256 === record.lockSha256 &&
    digests(manifest.artifacts) === digests(record.artifacts) &&
    digests(manifest.evidence) === digests(record.evidence)
  );
}

/** Has each party that has not yet done so look at the candidate and sign exactly what it saw. */
export const approve: Stage = {
  id: 'approve',
  title: { en: 'vendor, operator and regulator approve', 'zh-CN': '原厂、运营方、监管方批准' },
  async run(context) {
    const { driver, facts, home } = context;
    if (facts.published !== undefined) return kept;
    const id = need(facts, 'candidate');
    const paths = releasePaths(home);
    const known = await candidateStatus(paths, await readRoot(paths.root));
    const candidate = known.find((one) => one.id === id);
    const wanting = [...new Set(candidate?.standing.missing.map(({ party }) => party))];
    for (const party of wanting) {
      const key = ['--key', party, '--passphrase-file', passphraseFile(home.keys, party)];
      await driver.run(['release', 'approve', id, ...key, '--sha256', candidate?.sha256 ?? '']);
    }
    return wanting.length === 0 ? kept : { state: 'done', note: wanting.join(', ') };
  },
};

/** Publishes what everyone approved: static, signed files. */
export const publish: Stage = {
  id: 'publish',
  title: { en: 'publish it', 'zh-CN': '发布' },
  async run(context) {
    const { driver, facts } = context;
    if (facts.published !== undefined) return kept;
    await driver.run(['release', 'publish', need(facts, 'candidate')]);
    const { edition } = need(facts, 'built').record;
    const current = await readCurrentRelease(context.home.repository, edition, channel);
    if (current === undefined) throw new TypeError('what was published is not there');
    facts.published = await publishedFact(context, current);
    return { state: 'done', note: `sha256:${current.sha256.slice(0, 16)}…` };
  },
};

async function publishedFact(
  { home, now }: StageContext,
  { sha256, manifest }: CurrentRelease,
): Promise<Published> {
  const { version, sequence } = manifest;
  const listed = (await publishedStatus(home.repository, now())).find((one) => one.sha256 === sha256);
  return { sha256, version, channel, sequence, signedBy: listed?.signedBy ?? [] };
}
