import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import { definitionsText, fakeBuild } from '../../src/rooms/release/testing/ceremony-fixture.ts';

const vendorPolicy = `${JSON.stringify({
  apiVersion: 'imprint/v1',
  vendor: 'Debian',
  mutable: [{ path: '/etc/default/keyboard', reason: 'the edition chooses the layout' }],
})}\n`;

const preparation = [
  ...['vendor', 'operator', 'regulator'].map((holder) => `key new ${holder} --passphrase-file words`),
  'key new online --online',
  'trust init --party vendor --party operator --party regulator --key vendor --key operator --key regulator --passphrase-file words',
  'vendor sign-policy vendor-policy.json --key vendor --passphrase-file words',
];

let template: string;
let cwd: string;

// Opening a key file is slow by design: keys, root and agreement are made once and copied for each story.
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'imprint-transcript-'));
  await writeFile(join(template, 'words'), 'correct horse battery\n');
  await writeFile(join(template, 'wrong-words'), 'incorrect horse battery\n');
  await writeFile(join(template, 'vendor-policy.json'), vendorPolicy);
  await fakeBuild(join(template, 'build'), { vendorPolicy: Buffer.from(vendorPolicy) });
  await openContentStore(join(template, '.imprint/store')).putBytes(Buffer.from(definitionsText));
  for (const line of preparation) {
    const { code, stderr } = await imprint(line, { cwd: template });
    if (code !== 0) throw new Error(stderr);
  }
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-transcript-'));
  await cp(template, cwd, { recursive: true });
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const candidate = 'gov-base-2026.11.0-1';

async function candidateDigest(): Promise<string> {
  const file = join(cwd, '.imprint/release/candidates', candidate, 'candidate.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { releaseSha256: string }).releaseSha256;
}

/** Replaces what differs from run to run: places, and each digest by its order of appearance. */
function stable(text: string, seen: Map<string, string>): string {
  const placed = text.replaceAll(cwd, '~').replace(/sha256\/[0-9a-f]{2}\//g, 'sha256/…/');
  return placed.replace(/\b[0-9a-f]{64}\b|(?<=[ -])[0-9a-f]{12}(?=[\n.])/g, (digest) => {
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

const approve = (holder: string) =>
  `release approve ${candidate} --key ${holder} --sha256 SHA256 --passphrase-file words`;
const reject = (rest: string) =>
  `release reject ${candidate} --key regulator ${rest} --passphrase-file words`;
const nowhere = '--home nowhere';

const stories: Readonly<Record<string, readonly string[]>> = {
  // Issue 2, part 4: from a signed root to a release; a party says no and takes it back; a party withdraws it.
  ceremony: [
    'trust show',
    'release propose build --by operator --dry-run',
    'release propose build --by operator',
    approve('vendor'),
    reject("--reason 'no test report'"),
    `release publish ${candidate}`,
    approve('operator'),
    approve('regulator'),
    reject("--retract --reason 'report received'"),
    `release publish ${candidate} --dry-run`,
    `release publish ${candidate}`,
    'release status',
    "release withdraw gov-base stable --key regulator --reason 'screen lock defect' --passphrase-file words",
    'release status',
  ],
  // Issue 2, bad input: each a clear coded error.
  mistakes: [
    'relaese show',
    'release aprove x',
    'key new',
    'key new Vendor --passphrase-file words',
    'key new auditor',
    'key new vendor --passphrase-file words',
    'key show nobody',
    `trust show ${nowhere}`,
    'trust init --party vendor',
    `trust init ${nowhere} --party vendor=.imprint/keys/vendor.key.json --online .imprint/keys/vendor.key.json`,
    'release show nothing',
    `release propose build ${nowhere}`,
    'release propose build --expires soon',
    'release propose vendor-policy.json',
    'vendor sign-policy vendor-policy.json --key vendor --passphrase-file wrong-words',
    'vendor sign-policy build/build.json --key vendor --passphrase-file words',
  ],
};

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
  test.each(Object.keys(stories))('the story "%s" reads as written down', async (name) => {
    const text = await transcript(stories[name] ?? [], language);
    await expect(text).toMatchFileSnapshot(`${name}.${language}.txt`);
  });
});

test('a party that is offline works on a carried copy with its own pinned root', async () => {
  await imprint('release propose build --by operator', { cwd });
  const home = join(cwd, '.imprint');
  const away = join(cwd, 'away');
  await cp(join(home, 'release/candidates', candidate), join(away, candidate), { recursive: true });
  await cp(join(home, 'release/root/root.json'), join(away, 'pinned.json'));
  await cp(join(home, 'keys/regulator.key.json'), join(away, 'regulator.key.json'));
  const sha256 = await candidateDigest();
  const answers = [sha256.slice(0, 8), 'correct horse battery'];
  const offline = { cwd: away, env: { IMPRINT_HOME: join(away, 'nothing') }, answers };
  const line = `release approve ./${candidate} --root pinned.json --key regulator.key.json`;
  expect(await imprint(line, offline)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('regulator approved'),
  });
  expect(await imprint(line, { ...offline, answers: ['no'] })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing was signed'),
  });
  const approval = join(candidate, 'approvals/regulator.json');
  await cp(join(away, approval), join(home, 'release/candidates', approval));
  const { stdout } = await imprint('release status', { cwd });
  expect(stdout).toContain('approved by: regulator');
});
