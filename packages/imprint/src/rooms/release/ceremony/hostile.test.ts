import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { isImprintError } from '@imprint/protocol';
import { canonicalJson, generateSigner, openKeyFile, sealKeyFile } from '@imprint/trust';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approveCandidate,
  draftRoot,
  findCandidate,
  loadCandidate,
  proposeRelease,
  readRoot,
  rejectCandidate,
  reviewCandidate,
} from '../index.ts';
import {
  approve,
  approveByAll,
  beginCeremony,
  type Ceremony,
  definitionsText,
  fakeBuild,
  holderWithKeys,
  later,
  propose,
  publicHalf,
  publish,
  start,
} from '../testing/ceremony-fixture.ts';

let ceremony: Ceremony;
beforeEach(async () => {
  ceremony = await beginCeremony();
});
afterEach(() => ceremony.remove());

/** Codes of what was thrown: the error's own, or those of all its reasons. */
async function refusals(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (!isImprintError(error)) throw error;
    return error.details.length === 0 ? [error.code] : error.details.map((detail) => detail.code);
  }
  return [];
}

const below = (count: number) => Array.from({ length: count }, () => 'RELEASE_BELOW_THRESHOLD');
const approvalOf = (directory: string, party: string) => join(directory, 'approvals', `${party}.json`);

async function editJson(file: string, edit: (value: never) => void): Promise<void> {
  const value = JSON.parse(await readFile(file, 'utf8')) as never;
  edit(value);
  await writeFile(file, JSON.stringify(value));
}

describe('a release is not published', () => {
  test('with the operator alone', async () => {
    const { id } = await propose(ceremony);
    await approve(ceremony, id, ceremony.parties.operator);
    expect(await refusals(publish(ceremony, id))).toEqual(below(4));
  });

  test('with the operator three times', async () => {
    const { id, directory } = await propose(ceremony);
    await approve(ceremony, id, ceremony.parties.operator);
    for (const other of ['vendor', 'regulator']) {
      await cp(approvalOf(directory, 'operator'), approvalOf(directory, other));
    }
    expect(await refusals(publish(ceremony, id))).toEqual(below(4));
  });

  test("with the operator's signatures relabelled as another party's", async () => {
    const { id, directory } = await propose(ceremony);
    await approveByAll(ceremony, id);
    await cp(approvalOf(directory, 'operator'), approvalOf(directory, 'regulator'));
    const regulatorKeys = ceremony.parties.regulator.signers.map((signer) => signer.key.keyId);
    await editJson(
      approvalOf(directory, 'regulator'),
      (approval: { party: string; envelope: { signatures: { keyid: string }[] } }) => {
        approval.party = 'regulator';
        for (const [index, signature] of approval.envelope.signatures.entries()) {
          signature.keyid = regulatorKeys[index] ?? '';
        }
      },
    );
    expect(await refusals(publish(ceremony, id))).toEqual([...below(2), 'RELEASE_APPROVAL_INVALID']);
  });

  test('with one SM2 approval stripped', async () => {
    const { id, directory } = await propose(ceremony);
    await approveByAll(ceremony, id);
    await editJson(
      approvalOf(directory, 'regulator'),
      (approval: { envelope: { signatures: unknown[] } }) => {
        approval.envelope.signatures.pop();
      },
    );
    const error = await publish(ceremony, id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'RELEASE_BELOW_THRESHOLD',
      params: { party: 'regulator', suite: 'national' },
    });
  });

  test('with an SM2 signature stripped from the TUF metadata only', async () => {
    const { id, directory } = await propose(ceremony);
    await approveByAll(ceremony, id);
    await editJson(
      approvalOf(directory, 'vendor'),
      (approval: { metadata: { 'release.json': unknown[] } }) => {
        approval.metadata['release.json'].pop();
      },
    );
    const error = await publish(ceremony, id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ params: { party: 'vendor', suite: 'national', what: 'metadata' } });
  });

  test('with an approval of another candidate', async () => {
    const first = await propose(ceremony);
    await approveByAll(ceremony, first.id);
    const second = await propose(ceremony, { version: '2026.11.1' });
    await approve(ceremony, second.id, ceremony.parties.vendor);
    await approve(ceremony, second.id, ceremony.parties.operator);
    await cp(approvalOf(first.directory, 'regulator'), approvalOf(second.directory, 'regulator'));
    expect(await refusals(publish(ceremony, second.id))).toEqual([...below(2), 'RELEASE_APPROVAL_FOREIGN']);
  });

  test('once its approvals have expired', async () => {
    const { id } = await propose(ceremony);
    await approveByAll(ceremony, id);
    expect(await refusals(publish(ceremony, id, { now: later(181) }))).toEqual(['RELEASE_EXPIRED']);
  });

  test('after another release took its place', async () => {
    const older = await propose(ceremony, {}, { sequence: 2 });
    const newer = await propose(ceremony, { version: '2026.11.1' }, { sequence: 3 });
    for (const { id } of [older, newer]) await approveByAll(ceremony, id);
    await publish(ceremony, newer.id);
    expect(await refusals(publish(ceremony, older.id))).toEqual(['RELEASE_BASE_MOVED', 'RELEASE_SEQUENCE']);
    expect(await refusals(publish(ceremony, newer.id))).toEqual(['RELEASE_BASE_MOVED', 'RELEASE_SEQUENCE']);
  });

  test('while a party rejects it, and is again once that party takes it back', async () => {
    const { id, directory } = await propose(ceremony);
    await approveByAll(ceremony, id);
    const root = await readRoot(ceremony.paths.root);
    const reject = async (party: 'regulator' | 'operator', retract: boolean, reasons = ['no test report']) =>
      rejectCandidate({
        candidate: await loadCandidate(directory),
        root,
        opened: ceremony.parties[party],
        reasons,
        retract,
        now: start,
      });
    expect(await refusals(reject('regulator', false, []))).toEqual(['RELEASE_REASON_MISSING']);
    await reject('regulator', false);
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_REJECTED']);
    expect(await refusals(reject('operator', true))).toEqual(['RELEASE_NOT_REJECTED']);
    await reject('regulator', true, ['report received']);
    expect(await refusals(publish(ceremony, id))).toEqual([]);
  });

  test('when an artifact differs from what was approved', async () => {
    const { id, directory } = await propose(ceremony);
    await approveByAll(ceremony, id);
    await rm(join(directory, 'artifacts/disk.img'));
    await writeFile(join(directory, 'artifacts/disk.img'), 'another disk!!');
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_DERIVATION_MISMATCH']);
    await rm(join(directory, 'artifacts/disk.img'));
    expect(await refusals(publish(ceremony, id))).toEqual(['RELEASE_DERIVATION_ABSENT']);
  });

  test('under another root than the one it was proposed for', async () => {
    const { id } = await propose(ceremony);
    await approveByAll(ceremony, id);
    const other = await beginCeremony();
    try {
      await cp(other.paths.root, ceremony.paths.root, { recursive: true });
      expect(await refusals(publish(ceremony, id))).toContain('RELEASE_ROOT_MISMATCH');
    } finally {
      await other.remove();
    }
  });
});

describe('a party does not sign', () => {
  test('what changed after it was shown', async () => {
    const { directory, sha256 } = await propose(ceremony);
    await editJson(join(directory, 'release.json'), () => {});
    const release = JSON.parse(await readFile(join(directory, 'release.json'), 'utf8')) as object;
    await writeFile(join(directory, 'release.json'), canonicalJson({ ...release, sequence: 9 }));
    const root = await readRoot(ceremony.paths.root);
    const candidate = await loadCandidate(directory);
    const review = await reviewCandidate(candidate, root);
    const signing = approveCandidate({
      candidate,
      root,
      review,
      opened: ceremony.parties.regulator,
      expectedSha256: sha256,
      withoutArtifacts: false,
      now: start,
    });
    expect(new Set(await refusals(signing))).toEqual(
      new Set(['RELEASE_CANDIDATE_CHANGED', 'RELEASE_DERIVATION_MISMATCH']),
    );
  });

  test('bytes written between its look and its signature', async () => {
    const { id, directory, sha256 } = await propose(ceremony);
    const root = await readRoot(ceremony.paths.root);
    const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
    const review = await reviewCandidate(candidate, root);
    await writeFile(join(directory, 'statement.json'), '{}');
    const opened = ceremony.parties.regulator;
    await approveCandidate({
      candidate,
      root,
      review,
      opened,
      expectedSha256: sha256,
      withoutArtifacts: false,
      now: start,
    });
    const signed = JSON.parse(await readFile(approvalOf(directory, 'regulator'), 'utf8')) as {
      envelope: { payload: string };
    };
    expect(Buffer.from(signed.envelope.payload, 'base64')).toEqual(Buffer.from(candidate.statementBytes));
  });

  test.each([
    ['metadata/release.json', 'metadata/release.json'],
    ['statement.json', 'statement'],
    ['edition.lock.json', 'lock'],
    ['vendor-policy.dsse.json', 'vendor policy signature'],
    ['candidate.json', 'candidate'],
    ['evidence/integrity.json.gz', 'evidence/integrity.json.gz'],
  ])('when %s was replaced by that of another candidate', async (file, what) => {
    const { directory } = await propose(ceremony);
    const other = await beginCeremony();
    try {
      const foreign = await propose(other, { version: '2026.12.0' });
      await rm(join(directory, file));
      await cp(join(foreign.directory, file), join(directory, file));
    } finally {
      await other.remove();
    }
    const review = await reviewCandidate(await loadCandidate(directory), await readRoot(ceremony.paths.root));
    const failed = review.checks.filter((check) => check.state === 'failed').map((check) => check.id);
    expect(failed).toContain(what);
  });

  test('antivirus definitions that are not those of the lock', async () => {
    const { directory } = await propose(ceremony);
    await writeFile(
      join(directory, 'antivirus-definitions.json'),
      definitionsText.replace('2026.11.1', '2026.11.2'),
    );
    const review = await reviewCandidate(await loadCandidate(directory), await readRoot(ceremony.paths.root));
    const failed = review.checks.filter((check) => check.state === 'failed').map((check) => check.id);
    expect(failed).toEqual(['antivirus definitions file']);
  });

  test('artifacts it cannot see, unless it says so', async () => {
    const { id, directory } = await propose(ceremony);
    await rm(join(directory, 'artifacts'), { recursive: true });
    expect(await refusals(approve(ceremony, id, ceremony.parties.vendor))).toEqual([
      'RELEASE_DERIVATION_ABSENT',
      'RELEASE_DERIVATION_ABSENT',
    ]);
  });

  test('with a key the root does not know, or with half of a key file', async () => {
    const { id } = await propose(ceremony);
    expect(await refusals(approve(ceremony, id, holderWithKeys('stranger')))).toEqual([
      'RELEASE_NOT_A_PARTY',
    ]);
    const { holder, signers } = ceremony.parties.vendor;
    expect(await refusals(approve(ceremony, id, { holder, signers: signers.slice(0, 1) }))).toEqual([
      'RELEASE_SUITE_MISSING',
    ]);
    const mixed = {
      holder,
      signers: [...signers.slice(0, 1), ...ceremony.parties.operator.signers.slice(1)],
    };
    expect(await refusals(approve(ceremony, id, mixed))).toEqual(['RELEASE_NOT_A_PARTY']);
  });

  test('with a wrong passphrase', () => {
    const { text } = sealKeyFile({
      holder: 'vendor',
      profile: 'intl',
      passphrase: 'right words',
      createdAt: start.toISOString(),
    });
    expect(() => openKeyFile(text, 'wrong words')).toThrowError(
      expect.objectContaining({ code: 'TRUST_PASSPHRASE_WRONG' }),
    );
  });
});

describe('a build does not become a candidate', () => {
  test('when it is a preview, violates the core and goes back, all said at once', async () => {
    const first = await propose(ceremony);
    await approveByAll(ceremony, first.id);
    await publish(ceremony, first.id);
    const bad = propose(
      ceremony,
      { profile: 'preview', violations: 2 },
      { sequence: 1, expiresAt: later(-1) },
    );
    expect(await refusals(bad)).toEqual([
      'RELEASE_BUILD_PREVIEW',
      'RELEASE_BUILD_VIOLATION',
      'RELEASE_SEQUENCE',
      'RELEASE_EXPIRED',
    ]);
  });

  test('with the lock of another build, without the vendor, or twice', async () => {
    const build = join(ceremony.directory, 'build');
    const other = join(ceremony.directory, 'other');
    await openContentStore(join(ceremony.directory, 'store')).putBytes(Buffer.from(definitionsText));
    await fakeBuild(build, { vendorPolicy: Buffer.from('{"not":"signed"}') });
    await fakeBuild(other, { version: '2026.12.0' });
    const options = {
      paths: ceremony.paths,
      build,
      channel: 'stable',
      expiresAt: later(9),
      proposedBy: 'me',
      store: openContentStore(join(ceremony.directory, 'store')),
      now: start,
    };
    const foreignLock = proposeRelease({ ...options, lock: join(other, 'edition.lock.json') });
    expect(await refusals(foreignLock)).toEqual(['RELEASE_LOCK_MISMATCH']);
    expect(await refusals(proposeRelease(options))).toEqual(['RELEASE_POLICY_UNSIGNED']);
    await propose(ceremony);
    expect(await refusals(propose(ceremony))).toEqual(['RELEASE_CANDIDATE_EXISTS']);
  });

  test('before the parties have signed a root', async () => {
    await rm(ceremony.paths.root, { recursive: true });
    expect(await refusals(propose(ceremony))).toEqual(['RELEASE_ROOT_MISSING']);
  });
});

describe('a root is not made', () => {
  const party = (name: string, ...holders: ReturnType<typeof publicHalf>[]) => ({
    name,
    title: { en: name, 'zh-CN': name },
    threshold: 1,
    holders,
  });
  const draft = (parties: ReturnType<typeof party>[], directory = join(ceremony.directory, 'new-root')) =>
    draftRoot({
      directory,
      profile: 'dual',
      parties,
      online: publicHalf(holderWithKeys('online')),
      now: start,
    });

  test('with one key for two parties, under whatever name', async () => {
    const vendor = publicHalf(holderWithKeys('vendor'));
    const twin = { holder: 'operator', publicKeys: vendor.publicKeys };
    expect(await refusals(draft([party('vendor', vendor), party('operator', twin)]))).toEqual([
      'RELEASE_KEY_SHARED',
    ]);
  });

  test('with a threshold its holders cannot meet, or a holder without SM2', async () => {
    const vendor = publicHalf(holderWithKeys('vendor'));
    expect(await refusals(draft([{ ...party('vendor', vendor), threshold: 2 }]))).toEqual([
      'RELEASE_PARTY_INVALID',
    ]);
    const plain = { holder: 'vendor', publicKeys: [generateSigner('ed25519').key] };
    expect(await refusals(draft([party('vendor', plain)]))).toEqual(['RELEASE_PARTY_INVALID']);
  });

  test('over one that devices have pinned', async () => {
    const vendor = publicHalf(holderWithKeys('vendor'));
    expect(await refusals(draft([party('vendor', vendor)], ceremony.paths.root))).toEqual([
      'RELEASE_ROOT_EXISTS',
    ]);
  });

  test('whole until every party has signed', async () => {
    const directory = join(ceremony.directory, 'new-root');
    await draft([party('vendor', publicHalf(holderWithKeys('vendor')))], directory);
    expect(await refusals(readRoot(directory))).toEqual(['RELEASE_ROOT_UNSIGNED']);
  });
});
