import { both, code, escapeHtml, languageChoice, page, section, table } from '../evidence/colophon/html.ts';
import type { EditionDiff, ValueChange } from './model.ts';
import { words } from './words.ts';

type Word = keyof typeof words;

const say = (word: Word) => both(words[word]['zh-CN'], words[word].en);
const column = (word: Word) => ({ zh: words[word]['zh-CN'], en: words[word].en });
const from = { zh: '之前', en: 'From' };
const to = { zh: '之后', en: 'To' };
const items = (number: number) => both(`共 ${number} 项`, number === 1 ? '1 item' : `${number} items`);
const named = (zh: string, en: string) => ({ zh, en });

/** Renders a difference as one page in both languages, without script and without anything from elsewhere. */
export function renderDiffHtml(diff: EditionDiff): string {
  const head = (side: EditionDiff['from']) =>
    `${escapeHtml(`${side.edition} ${side.version}`)} ${code(side.lockSha256.slice(0, 16))}`;
  const body = [
    `<header><div>${languageChoice}<h1>${say('title')}</h1><p>${head(diff.from)} → ${head(diff.to)}</p></div></header>\n<main>`,
    packages(diff),
    cves(diff),
    values('policy', diff.policy),
    values('components', diff.components),
    values('settings', diff.settings),
    files(diff),
    '</main>',
  ];
  const title = `${words.title['zh-CN']} · ${diff.from.edition} ${diff.from.version} → ${diff.to.version}`;
  return page(escapeHtml(title), body.join('\n'));
}

function titled(word: Word, content: string): string {
  return section(word, words[word]['zh-CN'], capital(words[word].en), content);
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function packages({ packages: { added, removed, changed } }: EditionDiff): string {
  const rows = [
    ...added.map(({ name, version }) => [escapeHtml(name), say('added'), '', escapeHtml(version), '']),
    ...removed.map(({ name, version }) => [escapeHtml(name), say('removed'), escapeHtml(version), '', '']),
    ...changed.map((item) => [
      escapeHtml(item.name),
      say(item.direction === 'older' ? 'older' : 'changed'),
      escapeHtml(item.from),
      escapeHtml(item.to),
      item.cves === undefined ? both('未知', 'unknown') : String(item.cves.length),
    ]),
  ];
  if (rows.length === 0) return titled('packages', `<p>${say('none')}</p>`);
  const columns = [
    named('软件包', 'Package'),
    named('变化', 'Change'),
    from,
    to,
    { ...named('CVE', 'CVEs'), numeric: true },
  ];
  return titled('packages', table(items(rows.length), columns, rows));
}

function cves({ cves: { closed, reopened, unknown } }: EditionDiff): string {
  const columns = [named('编号', 'Id'), named('源软件包', 'Source package')];
  const list = (word: Word, items: typeof closed) =>
    items.length === 0
      ? ''
      : table(
          `${say(word)}: ${items.length}`,
          columns,
          items.map(({ id, sources }) => [escapeHtml(id), escapeHtml(sources.join(', '))]),
        );
  const rest = unknown.length === 0 ? '' : `<p>${say('unknown')}: ${unknown.map(escapeHtml).join(', ')}</p>`;
  const content = `${list('closed', closed)}${list('reopened', reopened)}${rest}`;
  return titled('closed', content === '' ? `<p>${say('none')}</p>` : content);
}

function values(word: Word, changes: readonly ValueChange[]): string {
  if (changes.length === 0) return titled(word, `<p>${say('none')}</p>`);
  const cell = (value: ValueChange['from']) =>
    value === undefined ? say('unset') : escapeHtml(String(value));
  const rows = changes.map((change) => [escapeHtml(change.id), cell(change.from), cell(change.to)]);
  return titled(word, table(items(changes.length), [named('项目', 'Item'), from, to], rows));
}

function files({ files: changes }: EditionDiff): string {
  if (changes === undefined) return titled('files', `<p>${say('notCompared')}</p>`);
  const count = (word: Word) => ({ ...column(word), numeric: true });
  const rows = (['core', 'overlay', 'modified'] as const).map((fileClass) => {
    const { added, removed, changed } = changes[fileClass];
    return [say(fileClass), String(added.length), String(removed.length), String(changed.length)];
  });
  const columns = [named('类别', 'Class'), count('added'), count('removed'), count('changed')];
  return titled('files', table(both('按类别统计的路径', 'Paths by class'), columns, rows));
}
