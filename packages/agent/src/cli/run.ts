import { parseArgs } from 'node:util';
import { commands } from '../commands/index.ts';
import { openDevice } from '../device.ts';
import { agentError } from '../errors.ts';
import { agentVersion } from '../version.ts';
import { type Command, globalFlags, type Invocation, type Outcome } from './command.ts';
import { commandHelp, overviewHelp } from './help.ts';
import { chooseLanguage } from './language.ts';
import { type Output, printError } from './print-error.ts';

type Flags = Record<string, string | boolean | undefined>;

function parseFlags(
  argv: readonly string[],
  command: Command | undefined,
): { flags: Flags; words: string[] } {
  const known = [...globalFlags, ...(command?.flags ?? [])];
  const options = Object.fromEntries(known.map(({ name, type }) => [name, { type }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      strict: true,
    });
    return { flags: values as Flags, words: positionals };
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw agentError('AGENT_USAGE', { problem }, { cause });
  }
}

/** `--lang` is read before anything else, so that an error in the line itself is told in it. */
function languageFlag(argv: readonly string[]): string | undefined {
  const index = argv.indexOf('--lang');
  return index >= 0 ? argv[index + 1] : argv.find((word) => word.startsWith('--lang='))?.slice(7);
}

/** The first word that is neither a flag nor a global flag's value. */
function commandWord(argv: readonly string[]): string | undefined {
  const takesValue = (word: string | undefined) =>
    globalFlags.some(({ name, type }) => type === 'string' && word === `--${name}`);
  return argv.find((word, index) => !word.startsWith('-') && !takesValue(argv[index - 1]));
}

function invocationOf(flags: Flags, output: Output, language: Invocation['language']): Invocation {
  const root = typeof flags.root === 'string' ? flags.root : undefined;
  const log = (line: string) => output.error(`${line}\n`);
  return {
    device: openDevice({ root, env: output.env, log }),
    language,
    say: (en, zh) => (language === 'en' ? en : zh),
    flags,
    progress: (line) => {
      if (process.stderr.isTTY && flags.json !== true) output.error(`\r${line}\u001b[K`);
    },
  };
}

async function dispatch(
  argv: readonly string[],
  output: Output,
  language: Invocation['language'],
): Promise<Outcome> {
  const name = commandWord(argv);
  const command = commands.find((candidate) => candidate.name === name);
  const { flags, words } = parseFlags(argv, command);
  if (flags.version === true)
    return { data: { version: agentVersion }, text: [`imprint-agent ${agentVersion}`] };
  if (command === undefined) {
    if (words[0] !== undefined && words[0] !== 'help') {
      throw agentError('AGENT_USAGE', { problem: `expected a command, got "${words[0]}"` });
    }
    return { data: commands.map((one) => one.name), text: overviewHelp(commands, language) };
  }
  if (flags.help === true) return { data: command.name, text: commandHelp(command, language) };
  if (words.length > 1) throw agentError('AGENT_USAGE', { problem: `expected no "${words[1]}" here` });
  return command.run(invocationOf(flags, output, language));
}

/** Runs one command line of `imprint-agent` and returns its exit code. */
export async function runAgent(argv: readonly string[], output: Output): Promise<number> {
  const json = argv.includes('--json');
  const language = chooseLanguage(languageFlag(argv), output.env);
  try {
    const outcome = await dispatch(argv, output, language);
    if (json) output.out(`${JSON.stringify(outcome.data, undefined, 2)}\n`);
    else if (outcome.text.length > 0) output.out(`${outcome.text.join('\n')}\n`);
    return outcome.exit ?? 0;
  } catch (error) {
    return printError(error, output, json, language);
  }
}
