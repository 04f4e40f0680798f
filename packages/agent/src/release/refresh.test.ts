import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IntegrityEntry } from '@imprint/protocol';
import { encodeMetadata, type Metadata, type RootSigned, signMetadata } from '@imprint/trust';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookAt } from '../observe/look.ts';
import { observeRelease } from '../observe/release.ts';
import { readEdition } from '../settings.ts';
import { releaseRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import {
  after,
  type Ceremony,
  holdCeremony,
  pinRoot,
  publish,
  type ReleaseWishes,
  signersOf,
  type Tree,
} from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { refreshRelease } from './refresh.ts';

const now = new Date('2026-11-23T06:00:00Z');
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;

beforeAll(async () => {
  ceremony = holdCeremony(now);
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
});
afterEach(() => {
  device.dispose();
  server.overrides.clear();
});

/** What a release could change on a device: its root, and the state that says what is trusted to run. */
function trustedFiles(): Record<string, string> {
  const tree = (top: string) =>
    readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const kept = tree(device.stateDir).filter((path) => !/\/(tuf\/|release\.json$|withdrawals\/)/.test(path));
  return Object.fromEntries(
    [...tree(device.root), ...kept].map((path) => [path, readFileSync(path, 'base64')]),
  );
}

async function serve(wishes: Partial<ReleaseWishes> = {}) {
  server.tree = publish(ceremony, { now, ...wishes }).tree;
  return refreshRelease(device);
}

const operatorOnly = () => signersOf(ceremony, ['operator']);
const isNational = (keyid: string) =>
  Object.values(ceremony.parties).some(([, national]) => national.key.keyId === keyid);

const second = { sequence: 2, metadataVersion: 2, version: '2026.11.1' };
const pathOf = (tree: Tree, start: string) =>
  [...tree.keys()].find((path) => path.startsWith(start)) ?? start;
/** The integrity manifest, then the list of packages: as they were published. */
const blobsOf = (tree: Tree) => [...tree.keys()].filter((path) => path.startsWith('blobs/'));
const entry: IntegrityEntry = {
  path: '/usr',
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  class: 'core',
  origin: 'base-files_13',
  evidence: 'package',
};
const flip = (bytes: Uint8Array) => {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
  return changed;
};

describe('an honest release', () => {
  test('verifies and becomes the newest verified one, with its parties', async () => {
    const state = await serve();
    expect(state).toMatchObject({ outcome: 'verified', checkedAt: now.toISOString() });
    expect(state.release).toMatchObject({
      version: '2026.11.0',
      sequence: 1,
      signedBy: ['vendor', 'operator', 'regulator'],
    });
    expect(observeRelease(lookAt(device), readEdition(device))).toMatchObject({ state: 'ok', sequence: 1 });
  });

  test('that is newer than what runs here makes the device stale, not failing', async () => {
    await serve();
    await serve({ ...second, lockSha256: 'cd'.repeat(32) });
    expect(observeRelease(lookAt(device), readEdition(device))).toMatchObject({
      state: 'stale',
      version: '2026.11.1',
      reason: '2026.11.1 is approved, 2026.11.0 runs here',
    });
  });

  test('is asked for again without a step when nothing changed', async () => {
    await serve();
    const before = trustedFiles();
    await refreshRelease(device);
    expect(trustedFiles()).toEqual(before);
  });
});

/** Each: how the server lies about the second release, and the one code it is refused with. */
const lies: [string, string, () => Partial<ReleaseWishes>][] = [
  ['listed by the operator alone', 'TRUST_TUF_THRESHOLD', () => ({ listedBy: operatorOnly() })],
  ['approved by the operator alone', 'TRUST_APPROVAL_MISSING', () => ({ approvedBy: operatorOnly() })],
  [
    'approved by the operator twice',
    'TRUST_APPROVAL_MISSING',
    () => ({
      approvedBy: operatorOnly(),
      alterApprovals: (envelope) => ({
        ...envelope,
        signatures: [...envelope.signatures, ...envelope.signatures],
      }),
    }),
  ],
  [
    'approved by one key under two ids',
    'TRUST_APPROVAL_MISSING',
    () => ({
      approvedBy: operatorOnly(),
      alterApprovals: (envelope) => ({
        ...envelope,
        signatures: envelope.signatures.flatMap((signature) => [
          signature,
          { ...signature, keyid: ceremony.parties.vendor[0].key.keyId },
          { ...signature, keyid: ceremony.parties.regulator[0].key.keyId },
        ]),
      }),
    }),
  ],
  [
    'listed without SM2 signatures',
    'TRUST_TUF_NATIONAL_THRESHOLD',
    () => ({
      alterMetadata: (metadata) => ({
        ...metadata,
        signatures: metadata.signatures.filter(({ keyid }) => !isNational(keyid)),
      }),
    }),
  ],
  [
    'approved without SM2 signatures',
    'TRUST_APPROVAL_NATIONAL_MISSING',
    () => ({ approvedBy: signersOf(ceremony).filter(({ key }) => key.scheme !== 'sm2-sm3') }),
  ],
  [
    'listed with one forged SM2 signature',
    'TRUST_TUF_NATIONAL_THRESHOLD',
    () => ({
      alterMetadata: (metadata) => {
        const forged = ceremony.parties.regulator[1].sign(Buffer.from('something else'));
        const sig = Buffer.from(forged).toString('hex');
        const { keyId } = ceremony.parties.regulator[1].key;
        const signatures = metadata.signatures.map((one) => (one.keyid === keyId ? { ...one, sig } : one));
        return { ...metadata, signatures };
      },
    }),
  ],
  [
    'approved with one forged SM2 signature',
    'TRUST_APPROVAL_NATIONAL_MISSING',
    () => ({
      alterApprovals: (envelope) => {
        const forged = ceremony.parties.vendor[1].sign(Buffer.from('something else'));
        const sig = Buffer.from(forged).toString('base64');
        const { keyId } = ceremony.parties.vendor[1].key;
        const signatures = envelope.signatures.map((one) => (one.keyid === keyId ? { ...one, sig } : one));
        return { ...envelope, signatures };
      },
    }),
  ],
  ['listed by expired metadata', 'TRUST_TUF_EXPIRED', () => ({ metadataExpires: after(now, -1) })],
  ['expired itself', 'TRUST_RELEASE_EXPIRED', () => ({ expires: after(now, -1) })],
  [
    'withdrawn by one party',
    'TRUST_RELEASE_WITHDRAWN',
    () => ({ withdrawnBy: signersOf(ceremony, ['regulator']) }),
  ],
  ['meant for another channel', 'AGENT_RELEASE_MISMATCH', () => ({ channel: 'beta' })],
  ['of an older sequence in newer metadata', 'TRUST_RELEASE_ROLLBACK', () => ({ sequence: 1 })],
];

describe('a hostile server', () => {
  // The device has verified sequence 2; a lie is told about what comes next.
  beforeEach(async () => {
    await serve(second);
  });
  const third = { sequence: 3, metadataVersion: 3, version: '2026.12.0' };

  async function expectRefusal(code: string) {
    const before = trustedFiles();
    const state = await refreshRelease(device);
    expect(state).toMatchObject({ outcome: 'refused', code });
    expect(state.release).toMatchObject({ sequence: 2, version: '2026.11.1' });
    expect(trustedFiles()).toEqual(before);
    expect(observeRelease(lookAt(device), readEdition(device)).code).toBe(code);
  }

  test.each(lies)('with a release %s is refused: %s', async (_what, code, wishes) => {
    server.tree = publish(ceremony, { now, ...third, ...wishes() }).tree;
    await expectRefusal(code);
  });

  test('that serves the older metadata again is refused', async () => {
    server.tree = publish(ceremony, { now }).tree;
    await expectRefusal('TRUST_TUF_ROLLBACK');
  });

  const tampered: [string, (tree: Tree) => string, string][] = [
    ['the release manifest', (tree) => pathOf(tree, 'targets/'), 'TRUST_TUF_DIGEST'],
    ['the integrity manifest', (tree) => blobsOf(tree)[0] ?? '', 'AGENT_EVIDENCE_DIGEST'],
    ['the list of packages', (tree) => blobsOf(tree)[1] ?? '', 'AGENT_EVIDENCE_DIGEST'],
  ];
  test.each(tampered)('that changes one bit of %s is refused', async (_what, pathIn, code) => {
    const evidence = { entries: [entry], packages: { bash: '5.2-1' } };
    const { tree } = publish(ceremony, { now, ...third, ...evidence });
    const path = pathIn(tree);
    tree.set(path, flip(tree.get(path) ?? Buffer.alloc(0)));
    server.tree = tree;
    await expectRefusal(code);
  });

  test('that leaves the approvals out is refused', async () => {
    const { tree } = publish(ceremony, { now, ...third });
    tree.delete(pathOf(tree, 'approvals/'));
    server.tree = tree;
    await expectRefusal('AGENT_APPROVALS_ABSENT');
  });

  test('that never ends a body is refused', async () => {
    server.overrides.set('/content/metadata/timestamp.json', (_request, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', pour);
      pour();
    });
    await expectRefusal('AGENT_ANSWER_TOO_LARGE');
  });

  test('that redirects is refused, and the other host is never asked', async () => {
    const other = await startServer();
    server.overrides.set('/content/metadata/timestamp.json', (_request, response) => {
      response.writeHead(302, { location: `${other.url}/content/metadata/timestamp.json` });
      response.end();
    });
    await expectRefusal('AGENT_REDIRECT_REFUSED');
    expect(other.requests).toEqual([]);
    await other.close();
  });

  test('cannot hide a withdrawal that was seen once', async () => {
    const withdrawn = publish(ceremony, { now, ...third, withdrawnBy: signersOf(ceremony, ['vendor']) });
    server.tree = withdrawn.tree;
    await expectRefusal('TRUST_RELEASE_WITHDRAWN');
    withdrawn.tree.delete(pathOf(withdrawn.tree, 'withdrawals/'));
    await expectRefusal('TRUST_RELEASE_WITHDRAWN');
  });

  test('cannot withdraw in the name of a party', async () => {
    const stranger = holdCeremony(now);
    server.tree = publish(ceremony, { now, ...third, withdrawnBy: signersOf(stranger) }).tree;
    expect(await refreshRelease(device)).toMatchObject({ outcome: 'verified', release: { sequence: 3 } });
  });

  test('that is silent leaves the last verified release, and says so', async () => {
    await server.close();
    const state = await refreshRelease(device);
    expect(state).toMatchObject({ outcome: 'unreachable', code: 'AGENT_SERVER_UNREACHABLE' });
    expect(observeRelease(lookAt(device), readEdition(device))).toMatchObject({ state: 'ok', sequence: 2 });
    server = await startServer();
  });
});

describe('a pinned root', () => {
  test('that lists one key under two ids is refused', async () => {
    const { root, parties } = ceremony;
    const [operator] = parties.operator;
    const twice = 'f'.repeat(64);
    const key = root.signed.keys[operator.key.keyId];
    const signed = {
      ...root.signed,
      keys: { ...root.signed.keys, [twice]: key },
      roles: { ...root.signed.roles, root: { keyids: [operator.key.keyId, twice], threshold: 2 } },
    } as RootSigned;
    const doubled = signMetadata({ signed, signatures: [] } as Metadata<RootSigned>, signersOf(ceremony));
    device.put('/etc/imprint/root.json', encodeMetadata(doubled));
    const state = await serve();
    expect(state.outcome).toBe('refused');
    expect(state.code).toMatch(/^TRUST_TUF_(DUPLICATE_KEY|MALFORMED)$/);
    expect(releaseRecord.load(device.files)?.release).toBeUndefined();
  });

  test('of strangers makes their release worth nothing', async () => {
    server.tree = publish(holdCeremony(now), { now }).tree;
    expect(await refreshRelease(device)).toMatchObject({ outcome: 'refused', code: 'TRUST_TUF_THRESHOLD' });
  });
});

describe('a clock', () => {
  test('a year ahead finds everything expired, and recovers when it is set right', async () => {
    device.setNow(after(now, 366));
    expect(await serve()).toMatchObject({ outcome: 'refused', code: 'TRUST_TUF_EXPIRED' });
    expect(observeRelease(lookAt(device), readEdition(device)).state).toBe('stale');
    device.setNow(now);
    expect(await serve()).toMatchObject({ outcome: 'verified' });
  });

  const seen = () => observeRelease(lookAt(device), readEdition(device));

  test('a year behind withholds no release, but nothing is called fresh until it is set right', async () => {
    device.setNow(after(now, -365));
    expect(await serve()).toMatchObject({ outcome: 'verified', isClockBehind: true });
    expect(seen().state).toBe('unknown');
    expect(await serve(second)).toMatchObject({
      outcome: 'verified',
      release: { sequence: 2 },
    });
    device.setNow(now);
    expect(await refreshRelease(device)).not.toHaveProperty('isClockBehind');
    expect(seen().state).not.toBe('unknown');
  });

  test('set back a year makes nothing old fresh again', async () => {
    await serve({ expires: after(now, 1), metadataExpires: after(now, 10) });
    device.setNow(after(now, 0.9));
    await refreshRelease(device);
    device.setNow(after(now, 2));
    await refreshRelease(device);
    device.setNow(after(now, -365));
    expect(await refreshRelease(device)).toMatchObject({ outcome: 'verified', isClockBehind: true });
    expect(seen().state).toBe('unknown');
    expect(await serve({ ...second, metadataExpires: after(now, 0.5) })).toMatchObject({
      outcome: 'refused',
      code: 'TRUST_TUF_EXPIRED',
    });
  });

  test('set back by hours is judged at the highest time seen', async () => {
    await serve({ expires: after(now, 1), metadataExpires: after(now, 10) });
    device.setNow(after(now, 0.9));
    await refreshRelease(device);
    device.setNow(after(now, 2));
    expect(await refreshRelease(device)).toMatchObject({ code: 'TRUST_RELEASE_EXPIRED' });
  });
});
