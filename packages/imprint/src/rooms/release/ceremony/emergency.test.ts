import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  completeRelease,
  findCandidate,
  loadCandidate,
  publishedStatus,
  readCurrentRelease,
  readRoot,
  refreshOnline,
  rejectCandidate,
  reviewCandidate,
  verifyAsDevice,
  withdrawCurrent,
} from '../index.ts';
import {
  approve,
  approveByAll,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
  start,
  storeOf,
} from '../testing/ceremony-fixture.ts';
import { putDurably } from '../tuf/writes.ts';

const policy = { thresholds: { vendor: 0, regulator: 0 }, withinHours: 48 };
const emergency = { reason: 'exploited in the wild' };
const until = later(2).toISOString();
let ceremony: Ceremony;

/** An ordinary release 1 is out, and an emergency 2 is proposed. */
beforeEach(async () => {
  ceremony = await beginCeremony('intl', policy);
  const { id } = await propose(ceremony);
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
});
afterEach(() => ceremony.remove());

const urgent = () => propose(ceremony, { version: '2026.11.1' }, { emergency });
const loaded = async (id: string) => loadCandidate(await findCandidate(ceremony.paths.candidates, id));
const complete = async (id: string, now = start, changes = {}) =>
  completeRelease({
    paths: ceremony.paths,
    candidate: await loaded(id),
    store: storeOf(ceremony),
    online: ceremony.online,
    now,
    ...changes,
  });
const seen = async (now = start) => {
  const root = await readRoot(ceremony.paths.root);
  const { repository } = ceremony.paths;
  const view = { directory: repository, trustedRoot: root.bytes, edition: 'gov-base', channel: 'stable' };
  return verifyAsDevice({ ...view, now });
};
/** The server renews the timestamp while time goes by. */
const pass = async (now: Date) => {
  const { repository, publishLock } = ceremony.paths;
  await refreshOnline({ repository, publishLock, online: ceremony.online, now, force: true });
  return now;
};
const reject = async (id: string, party: 'regulator', retract = false, now = start) =>
  rejectCandidate({
    candidate: await loaded(id),
    root: await readRoot(ceremony.paths.root),
    opened: ceremony.parties[party],
    reasons: ['it breaks printing'],
    retract,
    now,
  });

async function refusals(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (!isImprintError(error)) throw error;
    return error.details.length === 0 ? [error.code] : error.details.map(({ code }) => code);
  }
  return [];
}

async function publishedUrgently(): Promise<string> {
  const { id } = await urgent();
  await approve(ceremony, id, ceremony.parties.operator);
  await publish(ceremony, id);
  return id;
}

describe('an emergency', () => {
  test('is published with the approval of the operator alone, and says what is missing and until when', async () => {
    const { id } = await urgent();
    await approve(ceremony, id, ceremony.parties.operator);
    const publication = await publish(ceremony, id);
    expect(publication).toMatchObject({
      signedBy: ['operator'],
      emergency: { until, missing: ['vendor', 'regulator'] },
    });
    expect(await seen()).toMatchObject({ sequence: 2, signedBy: ['operator'], emergency: { until } });
    expect(await publishedStatus(ceremony.paths.repository, start)).toMatchObject([
      {
        version: '2026.11.1',
        signedBy: ['operator'],
        emergency: { ...emergency, until, isOver: false, missing: ['vendor', 'regulator'] },
      },
    ]);
  });

  test('leaves what the ordinary role lists as every party signed it', async () => {
    const file = join(ceremony.paths.repository, 'metadata/1.release.json');
    const before = await readFile(file);
    await publishedUrgently();
    expect(await readFile(file)).toEqual(before);
    expect(
      JSON.parse(await readFile(join(ceremony.paths.repository, 'metadata/2.snapshot.json'), 'utf8')),
    ).toMatchObject({
      signed: { meta: { 'release.json': { version: 1 }, 'emergency.json': { version: 1 } } },
    });
  });

  test('ends: devices go back to the ordinary release, and the status says so', async () => {
    await publishedUrgently();
    const now = await pass(later(2));
    expect(await seen(now)).toMatchObject({ sequence: 1 });
    expect(await publishedStatus(ceremony.paths.repository, now)).toMatchObject([
      { emergency: { isOver: true } },
    ]);
  });

  test('is completed by the others’ approval, also after its time, and listed like any other', async () => {
    const id = await publishedUrgently();
    await approve(ceremony, id, ceremony.parties.vendor);
    expect(await refusals(complete(id))).toEqual(['RELEASE_BELOW_THRESHOLD']);
    await approve(ceremony, id, ceremony.parties.regulator, later(3));
    const now = await pass(later(3));
    expect(await complete(id, now)).toMatchObject({ outcome: 'completed', listed: true, written: true });
    const view = await seen(now);
    expect(view).toMatchObject({ sequence: 2, signedBy: ['vendor', 'operator', 'regulator'] });
    expect(view).not.toHaveProperty('emergency');
    expect((await publishedStatus(ceremony.paths.repository, now))[0]).not.toHaveProperty('emergency');
  });

  test('is completed where another channel moved on meanwhile, and so is the next release of its own', async () => {
    const id = await publishedUrgently();
    const other = await propose(ceremony, { version: '2026.11.5' }, { channel: 'beta' });
    await approveByAll(ceremony, other.id);
    await publish(ceremony, other.id);
    await approve(ceremony, id, ceremony.parties.vendor);
    await approve(ceremony, id, ceremony.parties.regulator);
    expect(await complete(id)).toMatchObject({ outcome: 'completed', listed: false });
    expect(await seen()).toMatchObject({ sequence: 2, signedBy: ['vendor', 'operator', 'regulator'] });
    const next = await propose(ceremony, { version: '2026.11.2' });
    expect(next.manifest).toMatchObject({ sequence: 3, previous: { sequence: 2 } });
    await approveByAll(ceremony, next.id);
    await publish(ceremony, next.id);
    expect(await seen()).toMatchObject({ sequence: 3 });
  });

  test('that a party rejects afterwards is withdrawn, unless it takes that back', async () => {
    const id = await publishedUrgently();
    await reject(id, 'regulator');
    await reject(id, 'regulator', true);
    expect(await refusals(complete(id))).toEqual(['RELEASE_BELOW_THRESHOLD', 'RELEASE_BELOW_THRESHOLD']);
    await reject(id, 'regulator', false, later(1));
    expect(await complete(id, start, { dryRun: true })).toMatchObject({
      outcome: 'withdrawn',
      written: false,
    });
    expect(await seen()).toMatchObject({ sequence: 2 });
    expect(await complete(id)).toMatchObject({ outcome: 'withdrawn', by: ['regulator'] });
    expect(await seen()).toMatchObject({ sequence: 1 });
    expect(await refusals(complete(id))).toEqual(['RELEASE_ALREADY_WITHDRAWN']);
  });

  test('is withdrawn by a party’s word as every release is', async () => {
    await publishedUrgently();
    const root = await readRoot(ceremony.paths.root);
    const channel = { paths: ceremony.paths, root, edition: 'gov-base', channel: 'stable', now: start };
    const withdrawal = await withdrawCurrent({ ...channel, opened: ceremony.parties.vendor, reason: 'no' });
    expect(withdrawal).toMatchObject({ sequence: 2, published: true });
    expect(await seen()).toMatchObject({ sequence: 1 });
  });

  test('with every approval in hand goes out as an ordinary release', async () => {
    const { id } = await urgent();
    await approveByAll(ceremony, id);
    expect(await publish(ceremony, id)).not.toHaveProperty('emergency');
    expect(await seen()).toMatchObject({ sequence: 2, signedBy: ['vendor', 'operator', 'regulator'] });
  });
});

describe('nothing is published in the emergency lane', () => {
  test('by nobody, or by those who are not waited for', async () => {
    const { id } = await urgent();
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_BELOW_THRESHOLD']);
    await approve(ceremony, id, ceremony.parties.vendor);
    await approve(ceremony, id, ceremony.parties.regulator);
    const error = await publish(ceremony, id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RELEASE_BELOW_THRESHOLD', params: { party: 'operator' } });
  });

  test('of a candidate that does not ask for it, or while a party rejects it', async () => {
    const ordinary = await propose(ceremony, { version: '2026.11.4' });
    await approve(ceremony, ordinary.id, ceremony.parties.operator);
    expect(await refusals(publish(ceremony, ordinary.id))).toHaveLength(2);
    expect(await refusals(complete(ordinary.id))).toEqual(['RELEASE_NOT_EMERGENCY']);
    const { id } = await urgent();
    await approve(ceremony, id, ceremony.parties.operator);
    await reject(id, 'regulator');
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_REJECTED']);
    expect(await refusals(complete(id))).toEqual(['RELEASE_NOT_EMERGENCY']);
  });

  test('once its time is over, or over another emergency than it was signed to follow', async () => {
    const { id } = await urgent();
    const rival = await propose(ceremony, { version: '2026.11.3' }, { emergency });
    for (const one of [id, rival.id]) await approve(ceremony, one, ceremony.parties.operator);
    expect(await refusals(publish(ceremony, id, { now: later(2) }))).toEqual(['RELEASE_EMERGENCY_OVER']);
    await publish(ceremony, rival.id);
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_SEQUENCE', 'RELEASE_BASE_MOVED']);
  });

  test('as the first release of all, or under a root without such a lane', async () => {
    const fresh = await beginCeremony('dual', policy);
    const plain = await beginCeremony('dual');
    try {
      expect(await refusals(propose(fresh, {}, { emergency }))).toEqual(['RELEASE_EMERGENCY_FIRST']);
      expect(await refusals(propose(plain, {}, { emergency }))).toEqual([
        'RELEASE_EMERGENCY_NOT_ALLOWED',
        'RELEASE_EMERGENCY_FIRST',
      ]);
    } finally {
      await fresh.remove();
      await plain.remove();
    }
  });

  test('whatever the proposer writes beside it: the metadata is derived again', async () => {
    const { id, directory } = await urgent();
    const file = join(directory, 'metadata/emergency.json');
    const metadata = JSON.parse(await readFile(file, 'utf8'));
    metadata.signed.expires = '2030-01-01T00:00:00Z';
    await putDurably(directory, {
      path: 'metadata/emergency.json',
      bytes: Buffer.from(JSON.stringify(metadata)),
    });
    const review = await reviewCandidate(await loaded(id), await readRoot(ceremony.paths.root));
    expect(review.checks.filter(({ state }) => state === 'failed').map((check) => check.id)).toEqual([
      'metadata/emergency.json',
    ]);
  });
});

test('a crash at any write of completing leaves the emergency as it was, or completed', async () => {
  const id = await publishedUrgently();
  await approve(ceremony, id, ceremony.parties.vendor);
  await approve(ceremony, id, ceremony.parties.regulator);
  for (const isKept of [false, true]) {
    for (let failing = 1; failing <= 3; failing += 1) {
      let count = 0;
      const put: typeof putDurably = async (directory, write) => {
        count += 1;
        if (count === failing && isKept) await putDurably(directory, write);
        if (count === failing) throw new RangeError('the disk is gone');
        await putDurably(directory, write);
      };
      await expect(complete(id, start, { put })).rejects.toThrow('the disk is gone');
      expect(await seen()).toMatchObject({ sequence: 2 });
      expect(
        (await readCurrentRelease(ceremony.paths.repository, 'gov-base', 'stable'))?.manifest.sequence,
      ).toBe(2);
    }
  }
  expect(await complete(id)).toMatchObject({ outcome: 'completed', listed: true });
  expect(await seen(start)).toMatchObject({ signedBy: ['vendor', 'operator', 'regulator'] });
});

test('under profile dual nothing goes out without the SM2 signature of who has to sign even then', async () => {
  await ceremony.remove();
  ceremony = await beginCeremony('dual', policy);
  const first = await propose(ceremony);
  await approveByAll(ceremony, first.id);
  await publish(ceremony, first.id);
  const { id, directory } = await urgent();
  await approve(ceremony, id, ceremony.parties.operator);
  const file = join(directory, 'approvals/operator.json');
  for (const strip of ['envelope', 'metadata'] as const) {
    const approval = JSON.parse(await readFile(file, 'utf8'));
    if (strip === 'envelope') approval.envelope.signatures.pop();
    else approval.metadata['emergency.json'].pop();
    await putDurably(directory, {
      path: 'approvals/operator.json',
      bytes: Buffer.from(JSON.stringify(approval)),
    });
    const error = await publish(ceremony, id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'RELEASE_BELOW_THRESHOLD',
      params: { party: 'operator', suite: 'national' },
    });
    await approve(ceremony, id, ceremony.parties.operator);
  }
});
