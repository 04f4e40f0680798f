import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { licenceTypes } from '@imprint/protocol';
import { parseMetadata, signLicenceToken, verifyLicenceToken } from '@imprint/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { openServiceKey } from '../../src/platform/service-key.ts';

let cwd: string;
const keys = () => join(cwd, '.imprint/keys');
const release = () => join(cwd, '.imprint/release');

async function run(line: string): Promise<string> {
  const { code, stdout, stderr } = await imprint(line, { cwd });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function pinnedRoot() {
  return parseMetadata(await readFile(join(release(), 'root/root.json')), 'root');
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-licence-key-'));
  await writeFile(join(cwd, 'words'), 'correct horse battery\n');
  await run('key new operator --passphrase-file words');
  await run('key new online --online');
  expect(await run('key new licensing --online')).toContain('signs licences only');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));
beforeEach(() => rm(release(), { recursive: true, force: true }));

describe('trust init', () => {
  test('pins the licence key that stands among the keys: devices accept what it signs', async () => {
    await run('trust init --party operator');
    const signers = (await openServiceKey(keys(), 'licensing')) ?? [];
    const token = signLicenceToken(licenceTypes.lease, { a: 1 }, { profile: 'dual', signers });
    expect(verifyLicenceToken(token, licenceTypes.lease, await pinnedRoot())).toEqual({ a: 1 });
  });

  test('pins the public half it is given, and nothing where there is no licence key', async () => {
    const [own, elsewhere] = [join(keys(), 'licensing.key.json'), join(cwd, 'elsewhere.json')];
    await rename(own, elsewhere);
    await run('trust init --party operator');
    expect((await pinnedRoot()).signed).not.toHaveProperty('x-imprint-licensing');
    await rm(release(), { recursive: true });
    await run('trust init --party operator --licensing elsewhere.json');
    expect((await pinnedRoot()).signed).toHaveProperty('x-imprint-licensing');
    await rename(elsewhere, own);
  });
});
