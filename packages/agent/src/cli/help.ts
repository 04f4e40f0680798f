import type { Language } from '@imprint/protocol';
import { alignRows } from './columns.ts';
import { type Command, type Flag, globalFlags } from './command.ts';

const flagRows = (flags: readonly Flag[], language: Language) =>
  flags.map((flag) => [
    flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`,
    flag.summary[language],
  ]);

const section = (title: string, rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : ['', `${title}:`, ...alignRows(rows, '  ')];

/** The overview: every command, and the flags all of them take. */
export function overviewHelp(commands: readonly Command[], language: Language): string[] {
  const isEnglish = language === 'en';
  return [
    isEnglish ? 'usage: imprint-agent COMMAND [FLAGS]' : '用法：imprint-agent 命令 [选项]',
    ...section(
      isEnglish ? 'commands' : '命令',
      commands.map(({ name, summary }) => [name, summary[language]]),
    ),
    ...section(isEnglish ? 'flags' : '选项', flagRows(globalFlags, language)),
  ];
}

/** One command's help. */
export function commandHelp(command: Command, language: Language): string[] {
  const isEnglish = language === 'en';
  return [
    `${isEnglish ? 'usage: ' : '用法：'}imprint-agent ${command.name} [FLAGS]`,
    '',
    command.summary[language],
    ...section(isEnglish ? 'flags' : '选项', flagRows([...command.flags, ...globalFlags], language)),
  ];
}
