import type { PolicyRecord } from '@imprint/protocol';
import { both, code, count, escapeHtml, section, table } from '../../../../evidence/colophon/html.ts';
import type { RegistryChange, ShownValue } from '../registry-document.ts';
import type { WindowsColophon } from './model.ts';
import { stepTitle } from './words.ts';

/** Longer values are told by their length; `registry-changes.json` has them whole. */
const shownCharacters = 120;

/** Every value the edition sets or removes, under the policy or the step that asked for it. */
export function registry({ registry: changes, policies }: WindowsColophon): string {
  const values = changes.filter(({ name }) => name !== undefined);
  const keys = changes.length - values.length;
  const groups = new Map<string, RegistryChange[]>();
  for (const change of values) {
    const group = change.policy === undefined ? `step ${change.step}` : `policy ${change.policy}`;
    groups.set(group, [...(groups.get(group) ?? []), change]);
  }
  const lists = [...groups].map(([group, members]) => details(titleOf(group, policies), members));
  const intro = both(
    `共 ${count(values.length)} 个值，另新建或移除 ${count(keys)} 个键。每项均由独立的读取程序在映像中读回，与计划完全一致。`,
    `${count(values.length)} values, and ${count(keys)} keys made or removed. Each was read back out of the image by a reader of its own and is exactly what was planned.`,
  );
  return section('registry', '注册表改动', 'Registry changes', [`<p>${intro}</p>`, ...lists].join('\n'));
}

function titleOf(group: string, policies: readonly PolicyRecord[]): string {
  const [kind, name = ''] = group.split(' ');
  if (kind === 'step') return stepTitle(name);
  const title = policies.find(({ id }) => id === name)?.title;
  return title === undefined ? escapeHtml(name) : both(escapeHtml(title['zh-CN']), escapeHtml(title.en));
}

function details(title: string, changes: readonly RegistryChange[]): string {
  const rows = changes.map(({ hive, key, name = '', before, after }) => [
    code(`${hive}\\${key}\\${name === '' ? '(default)' : name}`),
    valueHtml(before),
    valueHtml(after),
  ]);
  const list = table(
    both('改动前后', 'Before and after'),
    [
      { zh: '值', en: 'Value' },
      { zh: '改动前', en: 'Before' },
      { zh: '改动后', en: 'After' },
    ],
    rows,
  );
  return `<details><summary>${title} (${count(changes.length)})</summary>${list}</details>`;
}

function valueHtml(shown: ShownValue | undefined): string {
  if (shown === undefined) return both('无', 'none');
  const { type, value } = shown;
  const text = typeof value === 'object' ? value.join(' | ') : String(value);
  if (text.length > shownCharacters)
    return both(`${type}，${count(text.length)} 个字符`, `${type}, ${count(text.length)} characters`);
  return code(`${type}: ${text}`);
}
