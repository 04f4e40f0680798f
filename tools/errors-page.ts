import type { ErrorDefinition, ErrorRegistry } from '../packages/protocol/src/index.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');

function row([code, definition]: readonly [string, ErrorDefinition]): string {
  const { status, exit, message, hint } = definition;
  const text = (language: 'en' | 'zh-CN') =>
    hint === undefined ? cell(message[language]) : `${cell(message[language])}<br>→ ${cell(hint[language])}`;
  return `| \`${code}\` | ${status} | ${exit} | ${text('en')} | ${text('zh-CN')} |`;
}

/** Renders `docs/errors.md`: every code with its HTTP status, exit code, message and hint in both languages. */
export function renderErrorsPage(
  registries: readonly { readonly name: string; readonly errors: ErrorRegistry }[],
): string {
  const sections = registries.flatMap(({ name, errors }) => [
    `## ${name}`,
    '',
    '| code | HTTP | exit | message → what to do | 消息 → 处理方法 |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(errors)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(row),
    '',
  ]);
  return [
    '# Errors',
    '',
    'Generated from the registries by `tools/generate-docs.ts`. Programs branch on the code alone; texts may change.',
    'Words in braces are filled in from the error’s parameters.',
    '',
    ...sections,
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
