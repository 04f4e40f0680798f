import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { globalFlags } from './command.ts';
import { commands } from './commands/index.ts';
import { cliError } from './errors.ts';
import { splitLine } from './parse.ts';
import { errorLines } from './print-error.ts';
import { imprint, splitWords } from './testing/fake-terminal.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'imprint-cli-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('every command', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    '%s is complete as data',
    (_, command) => {
      const texts = [
        command.summary,
        ...(command.description ?? []),
        ...[...command.args, ...command.flags, ...command.examples].map((item) => item.summary),
      ];
      for (const text of texts) {
        expect(text.en.length).toBeGreaterThan(2);
        expect(text['zh-CN']).toMatch(/\p{Script=Han}/u);
      }
      const names = [...command.flags, ...globalFlags].map((flag) => flag.name);
      expect(new Set(names).size).toBe(names.length);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const flag of command.flags) if (flag.type === 'string') expect(flag.value).toMatch(/^[A-Z=]+$/);
    },
  );

  test('has its own name', () => {
    expect(new Set(commands.map((command) => command.name)).size).toBe(commands.length);
  });

  test.each(commands.flatMap((command) => command.examples.map((example) => [example.line])))(
    'example "%s" names a command and flags that exist',
    (line) => {
      const [program, ...words] = splitWords(line.split(/ [>|] /)[0] ?? '');
      expect(program).toBe('imprint');
      const command = commands.find((candidate) => `${words.join(' ')} `.startsWith(`${candidate.name} `));
      expect(command, line).toBeDefined();
      const known = [...(command?.flags ?? []), ...globalFlags].map((flag) => `--${flag.name}`);
      for (const word of words.filter((word) => word.startsWith('--')))
        expect(known).toContain(word.split('=')[0]);
    },
  );
});

describe('the line', () => {
  test('without a command shows all of them', async () => {
    const { code, stdout } = await imprint('', { cwd });
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(`  ${command.name} `);
  });

  test('takes --json before the command too', async () => {
    const { code, stdout, stderr } = await imprint('--json --lang zh-CN key show nobody', { cwd });
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'CLI_FILE_UNREADABLE',
      title: expect.stringContaining('可读'),
    });
  });

  test.each([
    ['kye new x', 'CLI_COMMAND_UNKNOWN'],
    ['release aprove', 'CLI_COMMAND_UNKNOWN'],
    ['key new', 'CLI_ARGUMENT_MISSING'],
    ['key new a b', 'CLI_ARGUMENT_EXTRA'],
    ['key new a --profil dual', 'CLI_FLAG_UNKNOWN'],
    ['key new a --profile', 'CLI_FLAG_VALUE_MISSING'],
    ['key new a --profile gost', 'CLI_FLAG_CHOICE'],
    ['key new a --online=yes', 'CLI_FLAG_VALUE_EXTRA'],
    ['key new a --out x --out y', 'CLI_FLAG_REPEATED'],
    ['key new a', 'CLI_PASSPHRASE_NEEDED'],
  ])('%s is refused with %s and exit 2', async (line, code) => {
    const result = await imprint(`${line} --json`, { cwd });
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ code });
  });

  test('takes the language from the environment', async () => {
    const { stdout } = await imprint('--help', { cwd, env: { LANG: 'zh_CN.UTF-8' } });
    expect(stdout).toContain('用法');
    const forced = await imprint('--help', { cwd, env: { LANG: 'zh_CN.UTF-8', IMPRINT_LANG: 'en' } });
    expect(forced.stdout).toContain('Usage');
  });

  test('says so when it was interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    const { code, stderr } = await imprint('key show nobody', { cwd, signal: controller.signal });
    expect(code).toBe(130);
    expect(stderr).toContain('imprint: error: interrupted');
  });
});

describe('passphrases', () => {
  test('are asked twice for a new key, and weak or different ones are refused', async () => {
    const weak = await imprint('key new a --json', { cwd, answers: ['short'] });
    expect(JSON.parse(weak.stdout)).toMatchObject({ code: 'CLI_PASSPHRASE_WEAK' });
    const different = await imprint('key new a --json', {
      cwd,
      answers: ['correct horse battery', 'correct horse'],
    });
    expect(JSON.parse(different.stdout)).toMatchObject({ code: 'CLI_PASSPHRASE_DIFFERS' });
    const good = await imprint('key new a', {
      cwd,
      answers: ['correct horse battery', 'correct horse battery'],
    });
    expect(good.code).toBe(0);
    const again = await imprint('key new a', {
      cwd,
      answers: ['correct horse battery', 'correct horse battery'],
    });
    expect(again.stderr).toContain('refusing to overwrite');
  });

  test('come from a file without any question', async () => {
    await writeFile(join(cwd, 'words'), 'correct horse battery\nnot this\n');
    const env = { IMPRINT_PASSPHRASE_FILE: 'words' };
    expect((await imprint('key new b --profile intl', { cwd, env })).code).toBe(0);
    expect((await imprint('key new c --passphrase-file words', { cwd })).code).toBe(0);
  });

  test('have no flag that takes them on the command line', () => {
    const flags = commands.flatMap((command) => command.flags.map((flag) => flag.name));
    expect(flags.filter((name) => /^pass/.test(name) && name !== 'passphrase-file')).toEqual([]);
  });
});

test('an error is printed with its place, its hint and every detail', () => {
  const detail = cliError(
    'CLI_FLAG_REPEATED',
    { flag: 'out', command: 'key new' },
    { place: { file: 'a.yaml', line: 3, column: 7 } },
  );
  const error = cliError(
    'CLI_FILE_MALFORMED',
    { expected: 'JSON', file: 'a.yaml' },
    { details: [detail], place: { pointer: '/base' } },
  );
  expect(errorLines(error, 'en')).toEqual([
    'imprint: error: /base: expected JSON in a.yaml',
    'imprint: hint: check that this is the file you meant',
    'imprint: error: a.yaml:3:7: expected "--out" once, got it twice',
    'imprint: hint: see imprint key new --help',
  ]);
});

test.each(['-', '--'])('a device whose id begins with %s is one, not a flag', (beginning) => {
  const id = beginning.padEnd(43, 'X');
  const flags = [
    ...globalFlags,
    { name: 'after', type: 'string', value: 'ID', summary: { en: '', 'zh-CN': '' } } as const,
  ];
  const line = splitLine(['device', 'show', id, '--after', id, '--json'], flags, 'device show');
  expect(line.words).toEqual(['device', 'show', id]);
  expect([line.flags.get('after'), line.flags.has('json')]).toEqual([[id], true]);
});
