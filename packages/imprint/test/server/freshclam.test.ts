import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homePaths } from '../../src/home.ts';
import { publishDefinitions } from '../../src/rooms/release/antivirus-definitions/publish.ts';
import { draftRoot, releasePaths, signRootDraft } from '../../src/rooms/release/index.ts';
import { holderWithKeys, publicHalf } from '../../src/rooms/release/testing/ceremony-fixture.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

const run = promisify(execFile);
const signing = holderWithKeys('definitions', 'intl');
let server: TestServer;
let source: string;
let client: string;
const mirror = '/content/antivirus/gov-base/canary/mirror';

/** The digest of the test file that scanners know; its bytes are put together where they are needed. */
const knowsTestFile = '44d88612fea8a8f36de82e1278abb02f:68:Imprint.Test.Eicar\n';
const testFile = ['X5O!P%@AP[4\\PZX54(P^)', '7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join(
  '',
);
/** A database of a vendor begins with 512 bytes that say what it is; this one is signed by nobody. */
const official = Buffer.concat([
  Buffer.from('ClamAV-VDB:20 Nov 2026:1:1:90:x:y:z:1'.padEnd(512)),
  Buffer.alloc(2048, 7),
]);

beforeAll(async () => {
  server = await testServer();
  const paths = releasePaths(homePaths(server.home));
  const operator = holderWithKeys('operator', 'intl');
  const party = { name: 'operator', title: { en: 'Operator', 'zh-CN': '运营方' }, threshold: 1 };
  await draftRoot({
    directory: paths.root,
    profile: 'intl',
    parties: [{ ...party, holders: [publicHalf(operator)] }],
    online: publicHalf(holderWithKeys('online', 'intl')),
    definitions: publicHalf(signing),
    now: new Date(),
  });
  await signRootDraft(paths.root, 'operator', operator.signers);
  source = join(server.home, 'set');
  client = join(server.home, 'client');
  await mkdir(source);
  await mkdir(client);
  await writeFile(join(source, 'gov.hdb'), knowsTestFile);
  await writeFile(join(source, 'daily.cvd'), official);
  await publish();
});
afterAll(() => server.close());

const publish = () =>
  publishDefinitions({
    paths: releasePaths(homePaths(server.home)),
    ...{ edition: 'gov-base', provider: 'clamav', ring: 'canary', source: { directory: source } },
    ...signing,
    now: new Date(),
  });

/** One run of the unmodified client against the mirror; its output. */
async function freshclam(...names: string[]): Promise<string> {
  const file = join(server.home, 'freshclam.conf');
  const lines = [
    `DatabaseDirectory ${client}`,
    'DatabaseOwner root',
    `PrivateMirror ${server.url}${mirror}`,
    'TestDatabases yes',
    'ConnectTimeout 20',
    'MaxAttempts 1',
    ...names.map((name) => `DatabaseCustomURL ${server.url}${mirror}/${name}`),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const argv = ['--config-file', file, '--update-db=custom', '--no-dns', '--stdout'];
  return (await run('freshclam', argv)).stdout;
}

const get = (name: string, headers: Record<string, string> = {}) =>
  server.get(`${mirror}/${name}`, '', headers);

describe('an unmodified freshclam', () => {
  it('fetches a ring’s set, tests it, installs it, and clamscan then finds what it names', async () => {
    expect(await freshclam('gov.hdb')).toContain('gov.hdb updated');
    expect(await readFile(join(client, 'gov.hdb'), 'utf8')).toBe(knowsTestFile);
    const sample = join(server.home, 'sample.com');
    await writeFile(sample, testFile, 'latin1');
    const scan = run('clamscan', ['--no-summary', `--database=${client}`, sample]);
    await expect(scan).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Imprint.Test.Eicar'),
    });
  });

  it('is told that nothing changed, and fetches again once something did', async () => {
    expect(await freshclam('gov.hdb')).toContain('up-to-date');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await writeFile(join(source, 'gov.hdb'), `${knowsTestFile}${'0'.repeat(32)}:1:Imprint.Test.Other\n`);
    await publish();
    expect(await freshclam('gov.hdb')).toContain('gov.hdb updated');
    expect(await readFile(join(client, 'gov.hdb'), 'utf8')).toContain('Imprint.Test.Other');
  });

  it('that asks for what is not there keeps what it has', async () => {
    await expect(freshclam('other.hdb')).rejects.toBeDefined();
    expect(await readdir(client)).toContain('gov.hdb');
  });
});

describe('the mirror', () => {
  it('answers 404, never 403, for the local forms and patches that freshclam tries first', async () => {
    for (const name of ['daily.cld', 'daily-1.cdiff', 'bytecode.cvd'])
      expect((await get(name)).status).toBe(404);
  });

  it('gives a carried-in official database untouched, its first 512 bytes by range, and 304 by date', async () => {
    const whole = await fetch(`${server.url}${mirror}/daily.cvd`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(official)).toBe(true);
    const head = await get('daily.cvd', { range: 'bytes=0-511' });
    expect([head.status, head.headers.get('content-range')]).toEqual([206, 'bytes 0-511/2560']);
    const modified = whole.headers.get('last-modified') ?? '';
    expect((await get('daily.cvd', { 'if-modified-since': modified })).status).toBe(304);
    const earlier = new Date(Date.parse(modified) - 1_000).toUTCString();
    expect((await get('daily.cvd', { 'if-modified-since': earlier })).status).toBe(200);
  });

  it('a tag decides where both a tag and a date are given', async () => {
    const { headers } = await get('gov.hdb');
    const date = headers.get('last-modified') ?? '';
    const other = { 'if-none-match': '"other"', 'if-modified-since': date };
    expect((await get('gov.hdb', other)).status).toBe(200);
  });
});
