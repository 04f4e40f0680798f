import { readFile } from 'node:fs/promises';
import type { Flag, Input } from './command.ts';
import { cliError } from './errors.ts';

/** Shortest passphrase a new key file accepts, in characters. */
export const minimumPassphrase = 12;

export const passphraseFlag: Flag = {
  name: 'passphrase-file',
  type: 'string',
  value: 'FILE',
  summary: {
    en: 'first line is the passphrase (or IMPRINT_PASSPHRASE_FILE)',
    'zh-CN': '首行为口令（或 IMPRINT_PASSPHRASE_FILE）',
  },
};

/** The passphrase of an existing key file: from a file, else asked without echo; never from the command line. */
export async function readPassphrase(input: Input, holder: string): Promise<string> {
  const fromFile = await passphraseFromFile(input);
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
  if ((await passphraseFromFile(input)) === undefined) {
    const question = say({ en: 'the same again: ', 'zh-CN': '请再输入一次：' });
    const second = await terminal.ask(question, { hidden: true, signal });
    if (second !== first) throw cliError('CLI_PASSPHRASE_DIFFERS');
  }
  return first;
}

async function passphraseFromFile(input: Input): Promise<string | undefined> {
  const { context } = input;
  const file = input.text('passphrase-file') ?? context.terminal.env.IMPRINT_PASSPHRASE_FILE;
  if (file === undefined) return undefined;
  const text = await readFile(context.path(file), 'utf8');
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}
