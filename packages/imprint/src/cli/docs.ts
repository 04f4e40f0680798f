import type { Localized } from '@imprint/protocol';
import { type Command, type Flag, globalFlags } from './command.ts';
import { flagText, usageLine } from './help.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');
const both = (text: Localized) => `${cell(text.en)} | ${cell(text['zh-CN'])}`;

function flagTable(flags: readonly Flag[]): string[] {
  if (flags.length === 0) return [];
  const notes = (flag: Flag) =>
    [
      ...(flag.required === true ? ['required'] : []),
      ...(flag.many === true ? ['repeatable'] : []),
      ...(flag.choices ?? []).map((choice) => `\`${choice}\``),
    ].join(' ');
  return [
    '| flag | | meaning | 含义 |',
    '| --- | --- | --- | --- |',
    ...flags.map((flag) => `| \`${cell(flagText(flag))}\` | ${notes(flag)} | ${both(flag.summary)} |`),
    '',
  ];
}

function commandSection(command: Command): string[] {
  return [
    `## ${command.name}`,
    '',
    `${command.summary.en}  `,
    command.summary['zh-CN'],
    '',
    ...(command.description ?? []).flatMap((paragraph) => [`${paragraph.en}  `, paragraph['zh-CN'], '']),
    '```',
    usageLine(command),
    '```',
    '',
    ...(command.args.length === 0
      ? []
      : [
          '| argument | meaning | 含义 |',
          '| --- | --- | --- |',
          ...command.args.map((argument) => `| \`${argument.name}\` | ${both(argument.summary)} |`),
          '',
        ]),
    ...flagTable(command.flags),
    '```sh',
    ...command.examples.flatMap((example) => [
      `# ${example.summary.en} · ${example.summary['zh-CN']}`,
      example.line,
    ]),
    '```',
    '',
  ];
}

/** Renders the reference page `docs/cli.md` from the command records. */
export function renderCliPage(commands: readonly Command[]): string {
  return [
    '# The `imprint` command',
    '',
    'Generated from the command records in `packages/imprint/src/cli/commands` by `tools/generate-docs.ts`.',
    '',
    'In a checkout it is `npm run imprint -- COMMAND`. Data goes to stdout, progress and errors to stderr. Exit codes:',
    '0 done · 1 the answer is no · 2 usage or bad input · 3 not permitted · 4 unavailable, try again · 70 bug · 130 interrupted.',
    '',
    '## Flags of every command',
    '',
    ...flagTable(globalFlags),
    ...commands.flatMap(commandSection),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
