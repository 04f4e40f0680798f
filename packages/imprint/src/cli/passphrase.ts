import { readFile } from 'node:fs/promises';
import type { Flag, Input } from './command.ts';
import { cliError } from './errors.ts';

/** Shortest passphrase a new key file accepts, in characters. */
export const minimumPassphrase = 12;

export const passphraseFlag: Flag = {
  name: 'passphrase-file',
  type: 'string',
  value: 'FILE',
  many: true,
  summary: {
    en: 'first line is the passphrase (or IMPRINT_PASSPHRASE_FILE); in the order of several keys',
    'zh-CN': '首行为口令（或 IMPRINT_PASSPHRASE_FILE）；多个密钥时按顺序对应',
  },
};

/** The passphrase of an existing key file: from a file, else asked without echo; never from the command line. */
export async function readPassphrase(input: Input, holder: string, position = 0): Promise<string> {
  const fromFile = await passphraseFromFile(input, position);
  if (fromFile !== undefined) return fromFile;
  const { terminal, say, signal } = input.context;
  if (!terminal.isInputTerminal) throw cliError('CLI_PASSPHRASE_NEEDED', { holder });
  const question = say({ en: `passphrase of ${holder}: `, 'zh-CN': `${holder} 的口令：` });
  return terminal.ask(question, { hidden: true, signal });
}

/** A passphrase for a new key file; asked twice. */
export async function newPassphrase(input: Input, holder: string): Promise<string> {
  const { terminal, say, signal } = input.context;
  const first = await readPassphrase(input, holder);
  const got = [...first].length;
  if (got < minimumPassphrase) throw cliError('CLI_PASSPHRASE_WEAK', { minimum: minimumPassphrase, got });
  if ((await passphraseFromFile(input, 0)) === undefined) {
    const question = say({ en: 'the same again: ', 'zh-CN': '请再输入一次：' });
    const second = await terminal.ask(question, { hidden: true, signal });
    if (second !== first) throw cliError('CLI_PASSPHRASE_DIFFERS');
  }
  return first;
}

/** The file for the key at a position; one file alone stands for all keys. */
async function passphraseFromFile(input: Input, position: number): Promise<string | undefined> {
  const { context } = input;
  const files = input.list('passphrase-file');
  const file =
    files[position] ?? (files.length === 1 ? files[0] : context.terminal.env.IMPRINT_PASSPHRASE_FILE);
  if (file === undefined) return undefined;
  const text = await readFile(context.path(file), 'utf8');
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}
