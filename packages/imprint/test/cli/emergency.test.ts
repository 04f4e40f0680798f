import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { definitionsText, fakeBuild } from '../../src/rooms/release/testing/ceremony-fixture.ts';

let cwd: string;
const start = new Date('2026-11-23T08:00:00Z');
const later = (hours: number) => new Date(start.getTime() + hours * 3_600_000);

async function run(line: string, now = start): Promise<string> {
  const { code, stdout, stderr } = await imprint(line, { cwd, now });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The code of what a line is refused with. */
async function refusal(line: string, now = start): Promise<string> {
  const { code, stdout, stderr } = await imprint(`${line} --json`, { cwd, now });
  if (code === 0) throw new Error(stdout);
  return JSON.parse(stdout === '' ? stderr : stdout).code;
}

const urgent = 'gov-base-2026.11.1-2';
async function approve(candidate: string, holder: string, now = start): Promise<void> {
  const file = join(cwd, '.imprint/release/candidates', candidate, 'candidate.json');
  const { releaseSha256 } = JSON.parse(await readFile(file, 'utf8'));
  await run(
    `release approve ${candidate} --key ${holder} --sha256 ${releaseSha256} --passphrase-file words`,
    now,
  );
}

/** Two parties, a root in which the operator is enough for a day, an ordinary release, and the build of the next. */
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-emergency-'));
  await writeFile(join(cwd, 'words'), 'correct horse battery\n');
  await openContentStore(join(cwd, '.imprint/store')).putBytes(Buffer.from(definitionsText));
  for (const holder of ['operator', 'regulator'])
    await run(`key new ${holder} --profile intl --passphrase-file words`);
  await run('key new online --online --profile intl');
  await fakeBuild(join(cwd, 'first'));
  await fakeBuild(join(cwd, 'next'), { version: '2026.11.1' });
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const init = 'trust init --party operator --party regulator --profile intl';

describe('the emergency lane on the command line', () => {
  test.each([
    ['--emergency regulator', 'CLI_EMERGENCY_LANE'],
    ['--emergency regulator=none', 'CLI_EMERGENCY_LANE'],
    ['--emergency regulator=0 --emergency-hours 0', 'CLI_COUNT'],
    ['--emergency regulator=0 --emergency-hours 200', 'TRUST_POLICY_INVALID'],
    ['--emergency regulator=0 --emergency operator=0', 'TRUST_POLICY_INVALID'],
    ['--emergency press=0', 'TRUST_POLICY_INVALID'],
  ])('is not made with %s', async (flags, code) => {
    expect(await refusal(`${init} ${flags}`)).toBe(code);
  });

  test('goes from the root to an approval after the fact, and says at each step who is missing until when', async () => {
    const keys = '--key operator --key regulator --passphrase-file words';
    const made = await run(`${init} --emergency regulator=0 --emergency-hours 24 ${keys}`);
    expect(made).toMatch(/in an emergency, for 24 hours:\n {2}operator +1\n {2}regulator +0/);
    await run('release propose first');
    for (const holder of ['operator', 'regulator']) await approve('gov-base-2026.11.0-1', holder);
    await run('release publish gov-base-2026.11.0-1');

    expect(await refusal('release propose next --emergency " "')).toBe('CLI_EMERGENCY_REASON');
    await run("release propose next --no-patch-set --emergency 'exploited in the wild'");
    const shown = await run(`release show ${urgent}`);
    expect(shown).toContain('EMERGENCY: exploited in the wild');
    expect(shown).toContain('missing for the emergency lane: operator (standard 0/1)');
    await approve(urgent, 'operator');
    const published = await run(`release publish ${urgent}`);
    expect(published).toContain(
      'in the emergency lane: until 2026-11-24T08:00:00.000Z regulator has to approve',
    );

    expect(await run('release status')).toContain('until 2026-11-24T08:00:00.000Z regulator has to approve');
    expect(await run('release status', later(24))).toContain(
      'devices refuse it since 2026-11-24T08:00:00.000Z',
    );
    expect(await refusal(`release complete ${urgent}`)).toBe('RELEASE_BELOW_THRESHOLD');
    await approve(urgent, 'regulator', later(20));
    expect(await run(`release complete ${urgent}`, later(20))).toContain('has every approval');
    expect(await run('release status', later(30))).toMatch(/2026\.11\.1 \(2\) +current +operator, regulator/);
  });
});
