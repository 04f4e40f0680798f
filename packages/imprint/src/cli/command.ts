import type { Localized } from '@imprint/protocol';
import type { Context } from './context.ts';

/** One option of a command, or of all of them. */
export interface Flag {
  readonly name: string;
  readonly type: 'string' | 'boolean';
  /** What stands for the value in help, for instance `FILE`. */
  readonly value?: string;
  readonly summary: Localized;
  readonly required?: boolean;
  /** May be given more than once. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

/** One positional argument; only the last may be optional, or be given more than once. */
export interface Argument {
  readonly name: string;
  readonly summary: Localized;
  readonly optional?: boolean;
  readonly many?: boolean;
}

export interface Example {
  readonly line: string;
  readonly summary: Localized;
}

/** What a command answers: `data` for `--json`, `text` for people, exit 1 when the answer is no, 4 when it is unknown. */
export interface Outcome {
  readonly data: unknown;
  readonly text: readonly string[];
  readonly exit?: 0 | 1 | 4;
}

/** The parsed command line. An accessor throws a `TypeError` when the command does not declare the name. */
export interface Input {
  readonly context: Context;
  argument(name: string): string;
  optionalArgument(name: string): string | undefined;
  /** Every word of an argument that may be given more than once. */
  argumentList(name: string): readonly string[];
  text(flag: string): string | undefined;
  requiredText(flag: string): string;
  list(flag: string): readonly string[];
  has(flag: string): boolean;
}

/**
 * A command as data: help, completion, `docs/cli.md` and the parser are all made from it.
 * `name` is what is typed after `imprint`: a noun and a verb, or one word.
 */
export interface Command {
  readonly name: string;
  readonly summary: Localized;
  /** Paragraphs below the summary. */
  readonly description?: readonly Localized[];
  readonly args: readonly Argument[];
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  run(input: Input): Promise<Outcome>;
}

/** Options every command takes. */
export const globalFlags: readonly Flag[] = [
  {
    name: 'json',
    type: 'boolean',
    summary: { en: 'print the result as JSON', 'zh-CN': '以 JSON 输出结果' },
  },
  {
    name: 'lang',
    type: 'string',
    value: 'LANG',
    choices: ['en', 'zh-CN'],
    summary: { en: 'language of messages (or IMPRINT_LANG)', 'zh-CN': '消息语言（或 IMPRINT_LANG）' },
  },
  {
    name: 'home',
    type: 'string',
    value: 'DIR',
    summary: {
      en: 'state directory (or IMPRINT_HOME; default ./.imprint)',
      'zh-CN': '状态目录（或 IMPRINT_HOME；默认 ./.imprint）',
    },
  },
  { name: 'help', type: 'boolean', summary: { en: 'show help', 'zh-CN': '显示帮助' } },
];
