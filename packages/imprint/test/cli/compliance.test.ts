import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AntivirusProvider } from '@imprint/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { withClient } from '../../src/platform/database/provision.ts';
import { goodReport, testDevice } from '../support/test-device.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let directory: string;
let deviceId: string;
const provider: AntivirusProvider = {
  name: 'guard',
  title: { en: 'Guard', 'zh-CN': '卫士' },
  supplier: 'a supplier',
  adapter: 'script',
  approvedUntil: '2026-12-23T00:00:00Z',
  sendsOut: [{ en: 'digests of files', 'zh-CN': '文件摘要' }],
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-compliance-'));
  server = await testServer({}, { start: new Date('2026-11-23T08:00:00Z') });
  const { secret } = (await server.post('/v1/enrolment-tokens', {})).body;
  const device = testDevice();
  deviceId = device.id;
  const now = server.clock.now();
  await server.post('/v1/enrol', { message: device.enrolment(secret, now) }, '');
  const report = { ...goodReport(now), patch: { state: 'failing', observedAt: now.toISOString() } };
  await server.post('/v1/check-in', { message: device.checkIn(1, now, { report }) }, '');
  await withClient(server.database.superuser, (client) =>
    client.query(
      `INSERT INTO release_release (sha256, edition, channel, version, sequence, state, manifest, signed_by, expires_at,
         loaded_at, changed_at) VALUES ($1, 'gov-base', 'stable', '2026.12.0', 1, 'current', $2, '{}', '2027-11-23', $3, $3)`,
      ['a'.repeat(64), JSON.stringify({ antivirusProviders: [provider] }), now],
    ),
  );
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const run = (line: string, language = 'en') =>
  imprint(`${line} --server ${server.url} --lang ${language}`, {
    cwd: directory,
    env: { IMPRINT_TOKEN: server.operatorToken },
  });

test('compliance show counts, with the age of what it counts, in both languages', async () => {
  const shown = await run('compliance show --by edition --figure patch');
  expect(shown.code).toBe(0);
  expect(shown.stdout.split('\n').slice(0, 3)).toEqual([
    'patch:',
    'your agency  devices 1  ok 0  stale 0  unknown 0  failing 1  last reports 2026-11-23 to 2026-11-23',
    '  gov-base  devices 1  ok 0  stale 0  unknown 0  failing 1  last reports 2026-11-23 to 2026-11-23',
  ]);
  expect((await run('compliance show', 'zh-CN')).stdout).toContain('本机构  设备 1  正常 0');
  const json = JSON.parse((await run('compliance show --json')).stdout);
  expect(json).toMatchObject({ by: 'agency', figure: 'overall', smallCell: 5 });
  expect((await run('compliance show --by colour')).code).toBe(2);
});

test('compliance devices lists those that stand so, and says when there are none', async () => {
  const { stdout } = await run('compliance devices --figure patch --state failing');
  expect(stdout).toContain(`${deviceId}  desk-1  failing  2026-11-23T08:00:00.000Z`);
  expect((await run('compliance devices --figure patch --state ok')).stdout).toContain('no devices stand so');
});

test('compliance package says how many have it, and how many have not said', async () => {
  const { stdout } = await run('compliance package openssl --below 3.0.17-1');
  expect(stdout).toContain('your agency: 0 devices have it, 1 have not said');
});

test('antivirus providers and selections warn of approvals that end, and a choice is made and taken back', async () => {
  const { stdout } = await run('antivirus providers');
  expect(stdout).toContain('gov-base/stable  guard  Guard, a supplier  WARNING: approval ends in 29 days');
  expect(stdout).toContain('sends out: digests of files');
  const chosen = await run('antivirus select guard --class server --ring canary --allow guard --fix');
  expect(chosen.stdout).toMatch(/server {2}guard {2}ring canary {2}below: guard {2}fixed for all below/);
  expect(chosen.stdout).toContain('gov-base/stable  server  guard  ring canary');
  expect((await run('antivirus selections', 'zh-CN')).stdout).toContain('警告：批准将于 29 天后到期');
  const refused = await run('antivirus select shield');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('none lists shield'),
  });
  expect((await run('antivirus select --class server')).stdout).toContain('chosen (0)');
});
