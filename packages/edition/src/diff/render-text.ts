import type { Language } from '@imprint/protocol';
import type { CveChange, EditionDiff, PackageChange, ValueChange } from './model.ts';
import { words } from './words.ts';

/** Paths named for one class of files. */
const listedPaths = 20;

/** Renders a difference for a terminal, in one language; lines end in a line feed. */
export function renderDiffText(diff: EditionDiff, language: Language): string {
  const say = (word: keyof typeof words) => words[word][language];
  const { from, to, packages, cves } = diff;
  const value = (given: ValueChange['from']) => (given === undefined ? say('unset') : String(given));
  const values = (list: readonly ValueChange[]) =>
    list.map((change) => `${change.id}: ${value(change.from)} → ${value(change.to)}`);
  const cve = ({ id, sources }: CveChange) => `${id} (${sources.join(', ')})`;
  const changed = (item: PackageChange) =>
    `~ ${item.name} ${item.from} → ${item.to}${item.direction === 'older' ? ` (${say('older')})` : ''}`;
  const lines = [
    `${from.edition} ${from.version} (${from.lockSha256.slice(0, 12)}) → ${to.edition} ${to.version} (${to.lockSha256.slice(0, 12)})`,
    ...block(
      `${say('packages')}: ${packages.added.length} ${say('added')}, ${packages.removed.length} ${say('removed')}, ${packages.changed.length} ${say('changed')}`,
      [
        ...packages.added.map(({ name, version }) => `+ ${name} ${version}`),
        ...packages.removed.map(({ name, version }) => `- ${name} ${version}`),
        ...packages.changed.map(changed),
      ],
    ),
    ...block(`${say('closed')}: ${cves.closed.length}`, cves.closed.map(cve)),
    ...(cves.reopened.length === 0
      ? []
      : block(`${say('reopened')}: ${cves.reopened.length}`, cves.reopened.map(cve))),
    ...(cves.unknown.length === 0 ? [] : block(`${say('unknown')}: ${cves.unknown.length}`, cves.unknown)),
    ...block(`${say('policy')}: ${diff.policy.length}`, values(diff.policy)),
    ...block(`${say('components')}: ${diff.components.length}`, values(diff.components)),
    ...block(`${say('settings')}: ${diff.settings.length}`, values(diff.settings)),
    ...fileLines(diff, say),
  ];
  return `${lines.join('\n')}\n`;
}

function block(head: string, items: readonly string[]): string[] {
  return ['', head, ...items.map((item) => `  ${item}`)];
}

function fileLines({ files }: EditionDiff, say: (word: keyof typeof words) => string): string[] {
  if (files === undefined) return block(`${say('files')}: ${say('notCompared')}`, []);
  return (['core', 'overlay', 'modified'] as const).flatMap((fileClass) => {
    const { added, removed, changed } = files[fileClass];
    const paths = [
      ...added.map((path) => `+ ${path}`),
      ...removed.map((path) => `- ${path}`),
      ...changed.map((path) => `~ ${path}`),
    ];
    const more = paths.length - listedPaths;
    const shown = more > 0 ? [...paths.slice(0, listedPaths), `… ${more}`] : paths;
    const head = `${say('files')}, ${say(fileClass)}: ${added.length} ${say('added')}, ${removed.length} ${say('removed')}, ${changed.length} ${say('changed')}`;
    return block(head, shown);
  });
}
