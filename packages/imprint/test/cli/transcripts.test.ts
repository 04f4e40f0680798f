import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { fakeBuild } from '../../src/rooms/release/testing/ceremony-fixture.ts';

const vendorPolicy = `${JSON.stringify({
  apiVersion: 'imprint/v1',
  vendor: 'Debian',
  mutable: [{ path: '/etc/default/keyboard', reason: 'the edition chooses the layout' }],
})}\n`;

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-transcript-'));
  await writeFile(join(cwd, 'words'), 'correct horse battery\n');
  await writeFile(join(cwd, 'wrong-words'), 'incorrect horse battery\n');
  await writeFile(join(cwd, 'vendor-policy.json'), vendorPolicy);
  await fakeBuild(join(cwd, 'build'), { vendorPolicy: Buffer.from(vendorPolicy) });
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** Replaces what differs from run to run: places, and each digest by its order of appearance. */
function stable(text: string, seen: Map<string, string>): string {
  return text.replaceAll(cwd, '~').replace(/\b[0-9a-f]{64}\b|(?<= )[0-9a-f]{12}(?=\n)/g, (digest) => {
    const key = digest.slice(0, 12);
    if (!seen.has(key)) seen.set(key, `<digest ${seen.size + 1}>`);
    return seen.get(key) ?? '';
  });
}

/** Runs lines as a person would and writes down what is seen; `SHA256` stands for the candidate's digest. */
async function transcript(lines: readonly string[], language: 'en' | 'zh-CN'): Promise<string> {
  const seen = new Map<string, string>();
  let text = '';
  for (const line of lines) {
    const words = line.includes('SHA256') ? line.replace('SHA256', await candidateDigest()) : line;
    const { code, stdout, stderr } = await imprint(words, { cwd, env: { IMPRINT_LANG: language } });
    const errors = stderr.replace(/^(?=.)/gm, '! ');
    text += stable(`$ imprint ${words}\n${errors}${stdout}${code === 0 ? '' : `[exit ${code}]\n`}\n`, seen);
  }
  return text;
}

async function candidateDigest(): Promise<string> {
  const file = join(cwd, '.imprint/release/candidates/gov-base-2026.11.0-1/candidate.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { releaseSha256: string }).releaseSha256;
}

const keys = [
  ...['vendor', 'operator', 'regulator'].map((holder) => `key new ${holder} --passphrase-file words`),
  'key new online --online',
];
const root =
  'trust init --party vendor --party operator --party regulator --key vendor --key operator --key regulator --passphrase-file words';
const candidate = 'gov-base-2026.11.0-1';
const approve = (holder: string) =>
  `release approve ${candidate} --key ${holder} --sha256 SHA256 --passphrase-file words`;

const stories: Readonly<Record<string, readonly string[]>> = {
  /** Issue 2, part 4: from keys to a published release. */
  ceremony: [
    ...keys,
    root,
    'vendor sign-policy vendor-policy.json --key vendor --passphrase-file words',
    'release propose build --by operator --dry-run',
    'release propose build --by operator',
    approve('vendor'),
    approve('operator'),
    `release publish ${candidate}`,
    approve('regulator'),
    `release publish ${candidate} --dry-run`,
    `release publish ${candidate}`,
    'release status',
    "release withdraw gov-base stable --key regulator --reason 'screen lock defect' --passphrase-file words",
    'release status',
  ],
  /** Issue 2, part 4: a party says no, and takes it back. */
  rejection: [
    ...keys,
    root,
    'vendor sign-policy vendor-policy.json --key vendor --passphrase-file words',
    'release propose build --by operator',
    `release reject ${candidate} --key regulator --reason 'no test report' --passphrase-file words`,
    `release publish ${candidate}`,
    `release reject ${candidate} --key regulator --retract --reason 'report received' --passphrase-file words`,
    'release status',
  ],
  /** Issue 2, bad input: each a clear coded error. */
  mistakes: [
    'relaese show',
    'release aprove x',
    'key new',
    'key new Vendor --passphrase-file words',
    'key new vendor',
    'key new vendor --passphrase-file words',
    'key new vendor --passphrase-file words',
    'key show nobody',
    'trust show',
    'trust init --party vendor --online vendor',
    'release show nothing',
    'release propose build',
    'vendor sign-policy vendor-policy.json --key vendor --passphrase-file wrong-words',
    'vendor sign-policy build/build.json --key vendor --passphrase-file words',
    'device list --server http://127.0.0.1:9',
  ],
};

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
  test.each(Object.keys(stories))('the story "%s" reads as written down', async (name) => {
    const text = await transcript(stories[name] ?? [], language);
    await expect(text).toMatchFileSnapshot(`${name}.${language}.txt`);
  });
});

test('a party that is offline works on a carried copy with its own pinned root', async () => {
  const run = (line: string) => imprint(line, { cwd });
  for (const line of [
    ...keys,
    root,
    'vendor sign-policy vendor-policy.json --key vendor --passphrase-file words',
  ]) {
    expect(await run(line)).toMatchObject({ code: 0 });
  }
  await run('release propose build --by operator');
  const home = join(cwd, '.imprint');
  const away = join(cwd, 'away');
  await cp(join(home, 'release/candidates', candidate), join(away, candidate), { recursive: true });
  await cp(join(home, 'release/root/root.json'), join(away, 'pinned.json'));
  await cp(join(home, 'keys/regulator.key.json'), join(away, 'regulator.key.json'));
  const sha256 = await candidateDigest();
  const answers = [sha256.slice(0, 8), 'correct horse battery'];
  const offline = { cwd: away, env: { IMPRINT_HOME: join(away, 'nothing') }, answers };
  const signed = await imprint(
    `release approve ./${candidate} --root pinned.json --key regulator.key.json`,
    offline,
  );
  expect(signed).toMatchObject({ code: 0, stdout: expect.stringContaining('regulator approved') });
  const declined = await imprint(
    `release approve ./${candidate} --root pinned.json --key regulator.key.json`,
    {
      ...offline,
      answers: ['no'],
    },
  );
  expect(declined).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was signed') });
  await cp(
    join(away, candidate, 'approvals/regulator.json'),
    join(home, 'release/candidates', candidate, 'approvals/regulator.json'),
  );
  const { stdout } = await run('release status');
  expect(stdout).toContain('approved by: regulator');
});
