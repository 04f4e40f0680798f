import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { ageText, alignRows, displayWidth } from './columns.ts';
import { printError } from './print-error.ts';
import { runAgent } from './run.ts';

const now = new Date();
const ceremony = holdCeremony(now, 'intl');
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let server: TestServer;
let device: TestDevice;

beforeEach(async () => {
  server = await startServer();
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
  device.put('/usr/bin/tool', 'tool\n', 0o755);
  const entry = { path: '/usr/bin/tool', type: 'file', mode: 0o755, ...owner, class: 'core' } as const;
  const content = {
    sizeBytes: 5,
    sha256: '4e0a4a5a0ba1b9f1d1d1a0b6a3d8e7e6b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5',
  };
  const known = { origin: 'tool_1', evidence: 'package' } as const;
  server.tree = publish(ceremony, { now, entries: [{ ...entry, ...content, ...known }] }).tree;
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

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
const enrol = () => agent('enrol', '--token', 'enr_1_secret');

describe('imprint-agent', () => {
  test('enrol, check-in, status: a person sees what the server was told', async () => {
    expect(await enrol()).toMatchObject({ exit: 0, out: expect.stringMatching(/^enrolled as [\w-]{43}\n$/) });
    const checkedIn = await agent('check-in');
    expect(checkedIn).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^release +ok +now +2026\.11\.0, signed by vendor/m),
    });
    expect(server.checkIns).toHaveLength(1);
    const status = await agent('status', '--json');
    expect(JSON.parse(status.out)).toMatchObject({
      server: server.url,
      report: { release: { state: 'ok' }, integrity: { state: 'unknown' } },
    });
  });

  test('verify names what differs and exits 1; then the report says failing', async () => {
    await enrol();
    const verified = await agent('verify');
    expect(verified).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/^ {2}content {2}core {2}\/usr\/bin\/tool$/m),
    });
    expect(await agent('status')).toMatchObject({
      exit: 1,
      out: expect.stringContaining('/usr/bin/tool (content)'),
    });
  });

  test('verify --offline works from what verified before, and not before that', async () => {
    expect(await agent('verify', '--offline')).toMatchObject({
      exit: 4,
      error: expect.stringContaining('AGENT_NO_MANIFEST'),
    });
    await agent('verify');
    await server.close();
    expect((await agent('verify', '--offline')).exit).toBe(1);
    server = await startServer();
  });

  test('what-leaves shows the bytes, decoded from those bytes, and sends nothing', async () => {
    await enrol();
    const asked = server.requests.length;
    const { out } = await agent('what-leaves', '--json');
    const { body, payload, sizeBytes } = JSON.parse(out) as {
      body: string;
      payload: Record<string, unknown>;
      sizeBytes: number;
    };
    expect(server.requests).toHaveLength(asked);
    const { message } = JSON.parse(body) as { message: string };
    expect(JSON.parse(Buffer.from(message.split('.')[1] ?? '', 'base64url').toString())).toEqual(payload);
    expect(sizeBytes).toBe(Buffer.byteLength(body));
    // What is then really sent differs only in its time and in what was learned on the way.
    await agent('check-in');
    expect(server.checkIns[0]).toMatchObject({ counter: payload.counter, deviceId: payload.deviceId });
    expect(Object.keys(server.checkIns[0] ?? {})).toEqual(Object.keys(payload));
    const text = (await agent('what-leaves')).out;
    expect(text).toContain('nothing was sent');
  });

  test('check-in of a refused release reports it and exits 1', async () => {
    await enrol();
    server.tree = publish(ceremony, { now, approvedBy: [] }).tree;
    expect(await agent('check-in')).toMatchObject({
      exit: 1,
      out: expect.stringContaining('refused (TRUST_APPROVAL_MISSING)'),
    });
    expect(server.checkIns).toMatchObject([{ report: { release: { code: 'TRUST_APPROVAL_MISSING' } } }]);
  });

  const refusals: [string, string[], number, string][] = [
    ['an unknown command', ['dance'], 2, 'expected a command, got "dance" (AGENT_USAGE)'],
    ['an unknown flag', ['status', '--loud'], 2, "Unknown option '--loud'"],
    ['a word too many', ['status', 'now'], 2, 'expected no "now" here'],
    ['an enrolment without token', ['enrol'], 2, 'expected --token TOKEN'],
    ['a check-in before enrolment', ['check-in'], 1, 'AGENT_NOT_ENROLLED'],
    ['what leaves before enrolment', ['what-leaves'], 1, 'AGENT_NOT_ENROLLED'],
  ];
  test.each(refusals)('refuses %s', async (_what, argv, exit, message) => {
    expect(await agent(...argv)).toMatchObject({ exit, error: expect.stringContaining(message) });
  });

  test('says errors in Chinese, with the next step, and as a problem with --json', async () => {
    const { error } = await agent('check-in', '--lang', 'zh-CN');
    expect(error).toBe(
      'imprint-agent: error: 设备应已登记，实际尚未登记 (AGENT_NOT_ENROLLED)\n' +
        'imprint-agent: hint: imprint-agent enrol --token <运营方提供的一次性令牌>\n',
    );
    const { out } = await agent('check-in', '--json');
    expect(JSON.parse(out)).toMatchObject({ code: 'AGENT_NOT_ENROLLED', status: 409 });
  });

  test('shows the state in aligned Chinese', async () => {
    await enrol();
    await agent('check-in');
    const { out } = await agent('status', '--lang', 'zh-CN');
    expect(out).toMatch(/^发布 {4}正常 {2}刚刚 {6}2026\.11\.0，签名方：vendor, operator, regulator$/m);
  });

  test('waits for no other agent: it says who is at work', async () => {
    await enrol();
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    mkdirSync(device.stateDir, { recursive: true });
    writeFileSync(join(device.stateDir, 'lock'), `1 ${bootId}\n`);
    expect(await agent('check-in')).toMatchObject({ exit: 4, error: expect.stringContaining('process 1') });
    writeFileSync(join(device.stateDir, 'lock'), '1 an-earlier-boot\n');
    expect((await agent('check-in')).exit).toBe(0);
  });

  test('has help for every command in both languages', async () => {
    for (const command of ['status', 'verify', 'check-in', 'what-leaves', 'enrol', 'run']) {
      expect((await agent(command, '--help')).out).toContain(`usage: imprint-agent ${command}`);
      expect((await agent(command, '--help', '--lang', 'zh-CN')).out).toMatch(/[\u4e00-\u9fff]{4}/);
    }
  });
});

describe('a failure of the system', () => {
  test('for want of a right is told as that, with the way out', () => {
    const lines: string[] = [];
    const output = { out: () => {}, error: (text: string) => lines.push(text), env: {} };
    const denied = Object.assign(new Error('denied'), { code: 'EACCES', path: '/etc/shadow' });
    expect(printError(denied, output, false, 'en')).toBe(3);
    expect(lines.join('')).toContain('expected to be allowed to open /etc/shadow, got EACCES');
    expect(lines.join('')).toContain('hint: run it as root');
  });

  test('nobody foresaw is a bug, and says so', () => {
    const output = { out: () => {}, error: () => {}, env: {} };
    expect(printError(new RangeError('odd'), output, false, 'en')).toBe(70);
  });
});

describe('columns', () => {
  test('count a Chinese character as two', () => {
    expect(displayWidth('发布 ok')).toBe(7);
    expect(
      alignRows([
        ['发布', 'a'],
        ['x', 'b'],
      ]),
    ).toEqual(['发布  a', 'x     b']);
  });

  test('say an age in its largest unit', () => {
    const say = (en: string) => en;
    const at = (seconds: number) => ageText(new Date(now.getTime() - seconds * 1000).toISOString(), now, say);
    expect([0, 5, 61, 7200, 200_000, -50].map(at)).toEqual([
      'now',
      '5 s ago',
      '1 min ago',
      '2 h ago',
      '2 d ago',
      'in the future',
    ]);
    expect(ageText(undefined, now, say)).toBe('-');
  });
});
