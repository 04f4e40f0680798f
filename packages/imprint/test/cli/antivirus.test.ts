import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';

let cwd: string;

async function run(line: string): Promise<string> {
  const { code, stdout, stderr } = await imprint(line, { cwd });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
const json = async (line: string) => JSON.parse(await run(`${line} --json`));
const refusal = async (line: string) => {
  const { code, stdout } = await imprint(`${line} --json`, { cwd });
  return [code, JSON.parse(stdout).code];
};

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-antivirus-'));
  await writeFile(join(cwd, 'words'), 'correct horse battery\n');
  await mkdir(join(cwd, 'set'));
  await writeFile(join(cwd, 'set/gov.hdb'), 'signatures\n');
  await run('key new operator --passphrase-file words');
  await run('key new online --online');
  expect(await run('key new definitions --online')).toContain('signs virus definitions only');
  await run('trust init --party operator --key operator --passphrase-file words');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('imprint antivirus', () => {
  test('publishes a set for a ring with the server’s own key, takes it on to the next, and shows both', async () => {
    expect(await run('antivirus show gov-base')).toContain('no definitions are published');
    const { manifest, mirror } = await json('antivirus publish gov-base set --ring canary');
    expect(manifest).toMatchObject({ provider: 'clamav', ring: 'canary', sequence: 1 });
    expect(mirror).toBe('antivirus/gov-base/canary/mirror');
    const next = await json('antivirus publish gov-base --from canary --ring broad');
    expect(next.manifest).toEqual({ ...manifest, ring: 'broad' });
    const { sets } = await json('antivirus show gov-base');
    expect(sets).toEqual([next.manifest, manifest]);
    expect(await run('antivirus show gov-base')).toContain('clamav/canary');
  });

  test('refuses a line that names no source or two, a number that is none, and a key nobody pinned', async () => {
    const publish = 'antivirus publish gov-base';
    expect(await refusal(`${publish} --ring canary`)).toEqual([2, 'CLI_ONE_OF']);
    expect(await refusal(`${publish} set --from canary --ring broad`)).toEqual([2, 'CLI_ONE_OF']);
    expect(await refusal(`${publish} set --ring canary --sequence 0`)).toEqual([2, 'CLI_COUNT']);
    const byOperator = `${publish} set --ring canary --key operator --passphrase-file words`;
    expect(await refusal(byOperator)).toEqual([2, 'RELEASE_DEFINITIONS_UNPINNED']);
  });
});
