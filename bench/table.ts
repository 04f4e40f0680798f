import { cpus } from 'node:os';
import type { Measured } from './measure.ts';

export interface Section {
  readonly title: string;
  /** What is compared and how to read it; one paragraph. */
  readonly note: string;
  /** The row every ratio is taken against. */
  readonly base: string;
  readonly rows: readonly Measured[];
}

/** A table of figures that are no times; the first column names the row. */
export interface Figures {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const seconds = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const ratio = (value: number, base: number) => `${Number((value / base).toPrecision(2))}x`;

/** Where and when: what a table's seconds belong to. */
function occasion(commit: string, date: string): string {
  const [processor] = cpus();
  return `${cpus().length} × ${processor?.model ?? 'unknown processor'}, ${date}, commit ${commit}.`;
}

/** One comparison as a Markdown table: medians, and each row's ratio to the base row. */
export function sectionText({ title, note, base, rows }: Section, commit: string, date: string): string {
  const reference = rows.find(({ name }) => name === base);
  if (reference === undefined) throw new TypeError(`expected a row "${base}" in "${title}"`);
  const lines = rows.map(({ name, runs, cost }) =>
    [
      '',
      name,
      runs,
      seconds(cost.wall),
      seconds(cost.cpu),
      ratio(cost.wall, reference.cost.wall),
      ratio(cost.cpu, reference.cost.cpu),
      '',
    ]
      .join(' | ')
      .trim(),
  );
  const head = ['| | runs | wall s | CPU s | wall ratio | CPU ratio |', '|---|--:|--:|--:|--:|--:|'];
  return [`## ${title}`, '', note, '', occasion(commit, date), '', ...head, ...lines, ''].join('\n');
}

/** Figures as a Markdown table. */
export function figuresText({ title, note, head, rows }: Figures, commit: string, date: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|---|${'--:|'.repeat(head.length - 1)}`;
  return [
    `## ${title}`,
    '',
    note,
    '',
    occasion(commit, date),
    '',
    line(head),
    rule,
    ...rows.map(line),
    '',
  ].join('\n');
}

const intro = [
  '# Results',
  '',
  '`npm run bench` wrote this page; each table says on which machine, when and from which commit.',
  'Medians. Ratios are to the first row of each table, measured in the same run; compare ratios, not seconds:',
  'the machine is shared. CPU is user and system time of the command and all it started.',
  '',
  '',
].join('\n');

const titleOf = (text: string) => text.slice(0, text.indexOf('\n'));

/** The results page with tables in place of those of the same title, and new ones at its end. */
export function mergeResults(page: string, texts: readonly string[]): string {
  const kept = page.split(/^(?=## )/mu).slice(1);
  const sections = new Map([...kept, ...texts].map((text) => [titleOf(text), text.trimEnd()]));
  return `${intro}${[...sections.values()].join('\n\n')}\n`;
}
