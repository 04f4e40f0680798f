import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSection } from './build.ts';
import { checkInSection } from './check-in.ts';
import { checkInMonthSection } from './check-in-month.ts';
import { integritySection } from './integrity.ts';
import { licensingSections } from './licensing.ts';
import { kernelPackSection, packsSection } from './packs.ts';
import { rolloutSection } from './rollout.ts';
import { type Figures, figuresText, mergeResults, type Section, sectionText } from './table.ts';
import { tufSection } from './tuf.ts';
import { windowsSections } from './windows.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let opened: Promise<Workshop> | undefined;
/** The Debian workshop, opened by the first section that works in it. */
const workshop = (): Promise<Workshop> => {
  opened ??= openWorkshop();
  return opened;
};

const sections: Readonly<Record<string, () => Promise<readonly (Section | Figures)[]>>> = {
  build: async () => [await buildSection(await workshop())],
  'check-in': async () => [await checkInSection()],
  'check-in-month': async () => [await checkInMonthSection()],
  integrity: async () => [await integritySection(await workshop())],
  licensing: () => licensingSections(),
  packs: async () => [await packsSection()],
  'packs-kernel': async () => [await kernelPackSection()],
  rollout: async () => [await rolloutSection()],
  tuf: async () => [await tufSection()],
  windows: windowsSections,
};

const words = process.argv.slice(2);
const wanted = words.filter((word) => word !== '--write');
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0) {
  const expected = [...Object.keys(sections), '--write'].join(', ');
  process.stderr.write(`bench: expected ${expected}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const date = new Date().toISOString().slice(0, 10);
const done: string[] = [];
try {
  for (const [name, measure] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const texts = (await measure()).map((section) =>
      'head' in section ? figuresText(section, commit, date) : sectionText(section, commit, date),
    );
    process.stdout.write(`${texts.join('\n')}\n`);
    done.push(...texts);
  }
} finally {
  await (await opened)?.close();
}
// A complete run replaces the page; a part of it only replaces its own tables, and only when asked to.
if (wanted.length === 0 || words.includes('--write')) {
  const file = join(import.meta.dirname, 'results.md');
  const page = wanted.length === 0 ? '' : await readFile(file, 'utf8');
  await writeFile(file, mergeResults(page, done));
}
