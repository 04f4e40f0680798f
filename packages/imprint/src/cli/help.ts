import type { Language, Localized } from '@imprint/protocol';
import { type Command, type Flag, globalFlags } from './command.ts';

const words = {
  usage: { en: 'Usage', 'zh-CN': '用法' },
  commands: { en: 'Commands', 'zh-CN': '命令' },
  arguments: { en: 'Arguments', 'zh-CN': '参数' },
  flags: { en: 'Flags', 'zh-CN': '选项' },
  global: { en: 'Flags of every command', 'zh-CN': '通用选项' },
  examples: { en: 'Examples', 'zh-CN': '示例' },
  overview: {
    en: 'imprint publishes your own edition of an operating system, and proves its core is untouched',
    'zh-CN': 'imprint：发布自有操作系统版本，并证明其核心未被改动',
  },
  more: {
    en: 'imprint COMMAND --help explains one command',
    'zh-CN': 'imprint COMMAND --help 说明单个命令',
  },
} satisfies Record<string, Localized>;

/** Cells a terminal gives a text: two for each wide (CJK) character. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]/u.test(character) ? 2 : 1;
  return width;
}

/** Two columns, the second aligned. */
export function columns(rows: readonly (readonly [string, string])[], indent = 2): string[] {
  const width = Math.max(0, ...rows.map(([left]) => textWidth(left)));
  return rows.map(([left, right]) =>
    `${' '.repeat(indent)}${left}${' '.repeat(width - textWidth(left) + 2)}${right}`.trimEnd(),
  );
}

export function usageLine(command: Command): string {
  const args = command.args.map((argument) => {
    const name = argument.many === true ? `${argument.name}…` : argument.name;
    return argument.optional === true ? `[${name}]` : name;
  });
  const required = command.flags.filter((flag) => flag.required === true).map(flagText);
  return ['imprint', command.name, ...args, ...required, '[flags]'].join(' ');
}

export function flagText(flag: Flag): string {
  if (flag.type === 'boolean') return `--${flag.name}`;
  return `--${flag.name} ${flag.value ?? 'VALUE'}`;
}

/** The note after a flag's summary: its choices and whether it repeats. */
export function flagNote(flag: Flag, language: Language): string {
  const notes = [
    ...(flag.choices === undefined ? [] : [flag.choices.join(' | ')]),
    ...(flag.many === true ? [language === 'en' ? 'may be repeated' : '可重复'] : []),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

function flagRows(flags: readonly Flag[], language: Language): (readonly [string, string])[] {
  return flags.map(
    (flag) => [flagText(flag), `${flag.summary[language]}${flagNote(flag, language)}`] as const,
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

/** `imprint COMMAND --help`. */
export function commandHelp(command: Command, language: Language): string[] {
  return [
    `imprint ${command.name}: ${command.summary[language]}`,
    ...(command.description ?? []).flatMap((paragraph) => ['', paragraph[language]]),
    ...section(words.usage[language], [`  ${usageLine(command)}`]),
    ...section(
      words.arguments[language],
      columns(command.args.map((argument) => [argument.name, argument.summary[language]])),
    ),
    ...section(words.flags[language], columns(flagRows(command.flags, language))),
    ...section(words.global[language], columns(flagRows(globalFlags, language))),
    ...section(
      words.examples[language],
      command.examples.flatMap((example) => [`  # ${example.summary[language]}`, `  ${example.line}`]),
    ),
  ];
}

/** `imprint --help`, or the commands of one noun. */
export function overviewHelp(commands: readonly Command[], language: Language): string[] {
  return [
    words.overview[language],
    ...section(words.usage[language], ['  imprint COMMAND [flags]']),
    ...section(
      words.commands[language],
      columns(commands.map((command) => [command.name, command.summary[language]])),
    ),
    ...section(words.global[language], columns(flagRows(globalFlags, language))),
    '',
    words.more[language],
  ];
}
