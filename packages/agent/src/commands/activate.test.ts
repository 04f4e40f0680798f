import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LeaseClaims, type LeaseRequest, qrTextOf, readQrText } from '@imprint/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runAgent } from '../cli/run.ts';
import { runCommand } from '../files/command.ts';
import { acceptLease } from '../licence/accept.ts';
import { readLicence } from '../licence/read.ts';
import { leaseRecord, requestRecord } from '../licence/records.ts';
import { offlineRequest } from '../licence/request.ts';
import { ensureDeviceKey } from '../message/key.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { type LeaseDesk, openDesk } from '../testing/lease-desk.ts';
import { type Ceremony, holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { startTpm } from '../testing/swtpm.ts';
import { tpmThroughTools } from '../tpm/tpm.ts';

const now = new Date();
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;
let desk: LeaseDesk;

beforeAll(() => {
  ceremony = holdCeremony(now, 'dual', { isLicensed: true });
});
beforeEach(async () => {
  server = await startServer();
  device = newDevice();
  desk = openDesk(ceremony, { now: () => new Date() });
  server.desk = desk;
  server.tree = publish(ceremony, { now }).tree;
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

function newDevice(options: Parameters<typeof testDevice>[0] = {}): TestDevice {
  const made = testDevice({ now, server: server.url, ...options });
  pinRoot(made, ceremony);
  return made;
}

async function agent(...argv: string[]) {
  let [out, error] = ['', ''];
  const exit = await runAgent([...argv, '--root', device.root], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    env: { STATE_DIRECTORY: device.stateDir, LANG: 'C.UTF-8' },
  });
  return { exit, out, error };
}
const json = async (...argv: string[]) => JSON.parse((await agent(...argv, '--json')).out);
const file = (name: string) => join(device.root, name);

interface Offline {
  readonly message: string;
  readonly code: string;
  readonly request: LeaseRequest;
}
const request = async (...flags: string[]): Promise<Offline> => json('activate', '--offline', ...flags);
const held = () => leaseRecord.load(device.files);

describe('activate', () => {
  test('takes a seat at once, and says what it took and what is withheld', async () => {
    await agent('enrol', '--token', 'enr_1_secret');
    const { exit, out } = await agent('activate');
    expect(exit).toBe(0);
    expect(out).toMatch(/^lease 1 taken\n\nlicence +active\n/);
    expect(out).toMatch(/^withheld +nothing$/m);
    expect(out).toMatch(/^never withheld +security patches, antivirus definitions, your data/m);
    expect(await json('licence')).toMatchObject({ state: 'active', withheld: [], lease: { generation: 1 } });
    expect((await agent('status')).out).toMatch(/^licence +active, lease until \d{4}-/m);
    expect((await agent('licence', '--lang', 'zh-CN')).out).toMatch(/^从不限制 +安全补丁、病毒库、您的数据/m);
  });

  test('tells a refusal with the server’s own code, and what to do', async () => {
    await agent('enrol', '--token', 'enr_1_secret');
    server.overrides.set('/v1/leases', (_request, response) => {
      response.writeHead(409);
      response.end(JSON.stringify({ code: 'LICENSING_HARDWARE_CHANGED', title: 'other hardware' }));
    });
    expect(await agent('activate')).toMatchObject({
      exit: 1,
      error: expect.stringContaining('LICENSING_HARDWARE_CHANGED (other hardware)'),
    });
    expect(await agent('licence')).toMatchObject({
      exit: 1,
      out: expect.stringContaining('imprint-agent activate --rebind'),
    });
    server.overrides.clear();
    const { nonce } = requestRecord.load(device.files) ?? {};
    expect((await agent('activate', '--rebind')).exit).toBe(0);
    expect(desk.requests).toMatchObject([{ rebind: true, nonce }]);
  });

  test('before enrolment asks no server', async () => {
    expect(await agent('activate')).toMatchObject({
      exit: 1,
      error: expect.stringContaining('AGENT_NOT_ENROLLED'),
    });
    expect(server.requests).toEqual([]);
  });

  test('in an edition that pins no licence key says that none is needed', async () => {
    pinRoot(device, holdCeremony(now, 'intl'));
    for (const argv of [
      ['activate'],
      ['licence'],
      ['activate', '--offline'],
      ['activate', '--response', 'x'],
    ]) {
      expect(await agent(...argv)).toMatchObject({
        exit: 1,
        error: expect.stringContaining('AGENT_LICENCE_NOT_USED'),
      });
    }
    expect((await agent('status')).out).not.toContain('licence');
  });

  test.each([
    ['a drawing of another kind', ['--qr', '/tmp/x.gif'], 'expected --qr FILE.svg or FILE.png'],
    ['a request and an answer at once', ['--offline', '--response', 'x'], 'expected --response alone'],
  ])('refuses %s', async (_what, argv, message) => {
    expect(await agent('activate', ...argv)).toMatchObject({
      exit: 2,
      error: expect.stringContaining(message),
    });
  });
});

describe('an activation without a network', () => {
  const carriers: [string, (answer: Awaited<ReturnType<LeaseDesk['answer']>>) => string][] = [
    [
      'a file with the whole answer',
      ({ lease }) => {
        writeFileSync(file('answer.json'), JSON.stringify({ valid: true, lease, activation: 'a' }));
        return file('answer.json');
      },
    ],
    [
      'a file with the token',
      ({ lease }) => {
        writeFileSync(file('lease.json'), `${JSON.stringify(lease)}\n`);
        return file('lease.json');
      },
    ],
    ['the text of a QR code', ({ lease }) => qrTextOf('lease', lease.token, lease.national)],
    [
      'a code typed in lower case without its breaks',
      ({ claims }) => desk.typed(claims).toLowerCase().replaceAll('\n', ' '),
    ],
  ];
  test.each(carriers)('comes back as %s', async (_carrier, carry) => {
    const { message } = await request();
    const answer = carry(await desk.answer(message));
    expect(await agent('activate', '--response', answer)).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^lease 1 taken\n\nlicence +active\n/),
    });
    expect((await json('licence')).lease).toMatchObject({ generation: 1, edition: 'gov-base' });
    // Once more is no other lease, and no error.
    expect((await agent('activate', '--response', answer)).exit).toBe(0);
    expect(server.requests).toEqual([]);
  });

  test('goes out as a file and as codes that another reader reads back, all with one nonce', async () => {
    const [out, svg, png] = [file('request.jws'), file('request.svg'), file('request.png')];
    const first = await request('--out', out);
    expect(readFileSync(out, 'utf8')).toBe(`${first.message}\n`);
    const second = await request('--qr', png);
    await request('--qr', svg);
    expect(second.request.nonce).toBe(first.request.nonce);
    const seen = execFileSync('zbarimg', ['--raw', '-q', png], { encoding: 'utf8' });
    expect(readQrText(seen)).toEqual({ kind: 'request', jws: second.message });
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
    const { out: typed } = await agent('activate', '--code');
    expect(typed).toContain((await request()).code.split('\n')[0]);
    expect((await agent('activate', '--offline')).out.split('.')).toHaveLength(3);
  });

  test('after the disk was written anew takes the same answer again, by the key in the TPM', async () => {
    const module = await startTpm();
    const tpm = tpmThroughTools(module.tcti, runCommand, join(device.root, 'scratch'));
    const fresh = newDevice({ tpm });
    const again = newDevice({ tpm });
    try {
      const { message } = offlineRequest(fresh, ceremony.root, {});
      const { lease } = await desk.answer(message);
      for (const one of [fresh, again]) {
        const { deviceId } = ensureDeviceKey(one);
        const licence = await readLicence(one);
        if (licence === undefined) throw new Error('no licence key is pinned');
        expect(acceptLease(one, licence, lease, deviceId).generation).toBe(1);
        expect((await readLicence(one))?.state).toBe('active');
      }
      expect(desk.requests).toHaveLength(1);
    } finally {
      fresh.dispose();
      again.dispose();
      await module.stop();
    }
  });
});

test('an answer that names a file that is not there says so', async () => {
  expect(await agent('activate', '--response', './answer.json')).toMatchObject({
    exit: 2,
    error: expect.stringContaining('got no file ./answer.json'),
  });
});

describe('an answer that is not taken', () => {
  let claims: LeaseClaims;
  const answerTo = async (flags: string[] = []) => desk.answer((await request(...flags)).message);
  const give = (value: unknown) => {
    writeFileSync(file('answer.json'), typeof value === 'string' ? value : JSON.stringify(value));
    return agent('activate', '--response', file('answer.json'));
  };
  beforeEach(async () => {
    const answer = await answerTo();
    claims = answer.claims;
    await give({ lease: answer.lease });
    const next = await answerTo();
    claims = next.claims;
    await give({ lease: next.lease });
    await request();
  });

  const seconds = (ms: number) => Math.floor(ms / 1000);
  const refusals: [string, () => unknown, string][] = [
    [
      'of another device',
      () => desk.sign({ ...claims, sub: 'B'.repeat(43), cnf: { jkt: 'B'.repeat(43) }, generation: 9 }),
      'TRUST_LEASE_WRONG_DEVICE',
    ],
    ['used before', () => desk.sign({ ...claims, generation: 1 }), 'AGENT_LEASE_OLDER'],
    ['to another request', () => desk.sign({ ...claims, generation: 9 }), 'TRUST_LEASE_NONCE'],
    [
      'that ended already',
      () => {
        const nonce = requestRecord.load(device.files)?.nonce ?? '';
        const at = seconds(now.getTime());
        return desk.sign({ ...claims, nonce, generation: 3, iat: at - 200, nbf: at - 200, exp: at - 100 });
      },
      'AGENT_LEASE_EXPIRED',
    ],
    [
      'with one character changed',
      () => ({
        ...desk.sign(claims),
        token: desk.sign(claims).token.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
      }),
      'TRUST_LICENCE_SIGNATURE',
    ],
    ['cut short', () => desk.sign(claims).token.slice(0, 200), 'TRUST_'],
    ['that is a request', () => qrTextOf('request', `${'e30'}.${'e30'}.${'AAAA'}`), 'AGENT_LEASE_UNREADABLE'],
    ['that is JSON of something else', () => ({ hello: 1 }), 'AGENT_LEASE_UNREADABLE'],
    ['that is empty', () => ' \n', 'AGENT_LEASE_UNREADABLE'],
    [
      'typed with a mistake',
      () => desk.typed(claims).replace(/^./, (first) => (first === '2' ? '3' : '2')),
      'TRUST_CODE_LINE',
    ],
    ['typed for another request', () => desk.typed({ ...claims, generation: 9 }), 'TRUST_LEASE_NONCE'],
  ];
  test.each(refusals)('%s: the lease held stays, and so does the open request', async (_what, make, code) => {
    const [lease, open] = [held(), requestRecord.load(device.files)];
    expect(await give(make())).toMatchObject({ error: expect.stringContaining(code) });
    expect(held()).toEqual(lease);
    expect(requestRecord.load(device.files)).toEqual(open);
    expect(await json('licence')).toMatchObject({ state: 'active', lease: { generation: 2 } });
  });
});

test('what leaves names the lease request too, byte for byte, and keeps nothing of it', async () => {
  await agent('enrol', '--token', 'enr_1_secret');
  device.put('/sys/class/dmi/id/board_serial', 'PF1ABC23\n');
  const asked = server.requests.length;
  const { leaseRequest } = await json('what-leaves');
  expect(leaseRequest).toMatchObject({
    method: 'POST',
    url: `${server.url}/v1/leases`,
    payload: { generation: 0 },
  });
  const { message } = JSON.parse(leaseRequest.body);
  expect(JSON.parse(Buffer.from(message.split('.')[1], 'base64url').toString())).toEqual(
    leaseRequest.payload,
  );
  expect(leaseRequest.body).not.toContain('PF1ABC23');
  expect(server.requests).toHaveLength(asked);
  expect(requestRecord.load(device.files)).toBeUndefined();
  await agent('activate');
  expect(Object.keys(desk.requests[0] ?? {})).toEqual(Object.keys(leaseRequest.payload));
});
