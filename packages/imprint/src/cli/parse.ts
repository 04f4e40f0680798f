import { parseArgs } from 'node:util';
import { type Command, type Flag, globalFlags, type Input } from './command.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';
import { usageLine } from './help.ts';
import { nearest } from './suggest.ts';

export interface ParsedLine {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

/** The command a line names: its first two words, or its first. */
export function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  const named = (length: number) =>
    commands.find((command) => command.name === words.slice(0, length).join(' '));
  return named(2) ?? named(1);
}

/** Throws CLI_COMMAND_UNKNOWN with the nearest command. */
export function unknownCommand(words: readonly string[], commands: readonly Command[]): never {
  const typed = words.slice(0, 2).join(' ');
  const names = commands.map((command) => command.name);
  throw cliError('CLI_COMMAND_UNKNOWN', { typed, nearest: nearest(typed, names) });
}

/** A device's id is a base64url thumbprint: one in 64 begins like a flag, and no flag is as long. */
const isThumbprint = (word: string): boolean => /^-[A-Za-z0-9_-]{42}$/.test(word);
const shield = '\u0000';
const unshield = (word: string): string => (word.startsWith(shield) ? word.slice(1) : word);

/** Splits words from flags; which flags take values is known from `flags`. Unknown ones are kept for the check. */
export function splitLine(argv: readonly string[], flags: readonly Flag[], commandName: string): ParsedLine {
  const options = Object.fromEntries(
    flags.map((flag) => [flag.name, { type: flag.type, multiple: true as const }]),
  );
  const { tokens } = parseArgs({
    args: argv.map((word) => (isThumbprint(word) ? shield + word : word)),
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const found = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(unshield(token.value));
    if (token.kind !== 'option') continue;
    const flag = flags.find((candidate) => candidate.name === token.name);
    if (flag === undefined) {
      const near = nearest(
        token.name,
        flags.map((candidate) => candidate.name),
      );
      throw cliError('CLI_FLAG_UNKNOWN', { command: commandName, typed: token.rawName, nearest: near });
    }
    // `--out --json`: what follows is the next flag, not this one's value.
    const swallowed = token.inlineValue === false && token.value.startsWith('--');
    checkValue(flag, swallowed ? undefined : token.value, commandName, found.has(flag.name));
    found.set(flag.name, [...(found.get(flag.name) ?? []), unshield(token.value ?? '')]);
  }
  return { flags: found, words };
}

function checkValue(flag: Flag, got: string | undefined, command: string, again: boolean): void {
  const params = { flag: flag.name, command };
  if (flag.type === 'boolean') {
    if (got !== undefined) throw cliError('CLI_FLAG_VALUE_EXTRA', { ...params, got });
    return;
  }
  if (got === undefined || got === '') {
    throw cliError('CLI_FLAG_VALUE_MISSING', { ...params, value: flag.value ?? '' });
  }
  if (flag.choices !== undefined && !flag.choices.includes(got)) {
    throw cliError('CLI_FLAG_CHOICE', { ...params, got, choices: flag.choices.join(' | ') });
  }
  if (again && flag.many !== true) throw cliError('CLI_FLAG_REPEATED', params);
}

/** Checks the words and flags of one command and gives typed access to them. */
export function inputOf(command: Command, line: ParsedLine, context: Context): Input {
  const words = matchArguments(command, line.words);
  for (const flag of command.flags) {
    if (flag.required === true && !line.flags.has(flag.name)) {
      throw cliError('CLI_FLAG_MISSING', { flag: flag.name, value: flag.value ?? '', command: command.name });
    }
  }
  const declared = (name: string) => {
    if (![...command.flags, ...globalFlags].some((flag) => flag.name === name)) {
      throw new TypeError(`"${command.name}" declares no flag "${name}"`);
    }
    return line.flags.get(name) ?? [];
  };
  const required = <T>(value: T | undefined, name: string): T => {
    if (value === undefined) throw new TypeError(`"${command.name}" needs "${name}"`);
    return value;
  };
  return {
    context,
    argument: (name) => required(words.get(name)?.[0], name),
    optionalArgument: (name) => words.get(name)?.[0],
    argumentList: (name) => words.get(name) ?? [],
    text: (name) => declared(name)[0],
    requiredText: (name) => required(declared(name)[0], name),
    list: declared,
    has: (name) => declared(name).length > 0,
  };
}

function matchArguments(command: Command, words: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const usage = usageLine(command);
  const found = new Map<string, readonly string[]>();
  for (const [index, argument] of command.args.entries()) {
    const given = argument.many === true ? words.slice(index) : words.slice(index, index + 1);
    if (given.length > 0) found.set(argument.name, given);
    else if (argument.optional !== true)
      throw cliError('CLI_ARGUMENT_MISSING', { name: argument.name, usage });
  }
  const extra = command.args.at(-1)?.many === true ? undefined : words[command.args.length];
  if (extra !== undefined) throw cliError('CLI_ARGUMENT_EXTRA', { typed: extra, usage });
  return found;
}
