import { resolve } from 'node:path';
import type { Language } from '@imprint/protocol';
import { findHome } from '../home.ts';
import { type Command, globalFlags, type Outcome } from './command.ts';
import { commands } from './commands/index.ts';
import type { Context, Terminal } from './context.ts';
import { commandHelp, overviewHelp } from './help.ts';
import { chooseLanguage } from './language.ts';
import { findCommand, inputOf, splitLine, unknownCommand } from './parse.ts';
import { printError, registeredError } from './print-error.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Runs one command line and returns the exit code; everything goes through `terminal`. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  options: RunOptions,
): Promise<number> {
  // Read leniently first, so that an error on the line itself is told in the language and shape asked for.
  const settings = {
    json: argv.includes('--json'),
    language: chooseLanguage(languageFlag(argv), terminal.env),
  };
  try {
    const outcome = await dispatch(argv, terminal, options, settings);
    terminal.out(settings.json ? `${JSON.stringify(outcome.data, undefined, 2)}\n` : textOf(outcome));
    return outcome.exit ?? 0;
  } catch (thrown) {
    return printError(registeredError(thrown, options.signal), terminal, settings);
  }
}

function textOf(outcome: Outcome): string {
  return outcome.text.length === 0 ? '' : `${outcome.text.join('\n')}\n`;
}

function languageFlag(argv: readonly string[]): string | undefined {
  const index = argv.indexOf('--lang');
  if (index >= 0) return argv[index + 1];
  return argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length);
}

async function dispatch(
  argv: readonly string[],
  terminal: Terminal,
  options: RunOptions,
  settings: { json: boolean; language: Language },
): Promise<Outcome> {
  const words = leadingWords(argv);
  const command = findCommand(words, commands);
  if (command === undefined) return help(words, settings.language);
  if (argv.includes('--help'))
    return { data: helpData(command), text: commandHelp(command, settings.language) };
  const line = splitLine(argv, [...command.flags, ...globalFlags], command.name);
  const context: Context = {
    terminal,
    ...settings,
    home: findHome(line.flags.get('home')?.[0], terminal.env, terminal.cwd),
    signal: options.signal,
    now: options.now,
    say: (text) => text[settings.language],
    path: (file) => resolve(terminal.cwd, file),
  };
  const after = line.words.slice(command.name.split(' ').length);
  return command.run(inputOf(command, { ...line, words: after }, context));
}

/** The words that name the command: those before the first flag, once leading global flags are passed over. */
function leadingWords(argv: readonly string[]): readonly string[] {
  let start = 0;
  while (argv[start]?.startsWith('--') === true) {
    const flag = globalFlags.find((candidate) => argv[start] === `--${candidate.name}`);
    start += flag?.type === 'string' ? 2 : 1;
  }
  const rest = argv.slice(start);
  const end = rest.findIndex((word) => word.startsWith('-'));
  return end === -1 ? rest : rest.slice(0, end);
}

function help(words: readonly string[], language: Language): Outcome {
  const noun = words[0];
  const shown =
    noun === undefined ? commands : commands.filter((command) => command.name.startsWith(`${noun} `));
  if (words.length > 1 || shown.length === 0) {
    if (noun === 'help') return help(words.slice(1), language);
    unknownCommand(words, commands);
  }
  return { data: shown.map(helpData), text: overviewHelp(shown, language) };
}

function helpData(command: Command) {
  const { run: _run, ...record } = command;
  return record;
}
