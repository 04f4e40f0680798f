import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSection } from './build.ts';
import { integritySection } from './integrity.ts';
import { resultsText, type Section, sectionText } from './table.ts';
import { tufSection } from './tuf.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const sections: Readonly<Record<string, (workshop: Workshop) => Promise<Section>>> = {
  build: buildSection,
  integrity: integritySection,
  tuf: tufSection,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0) {
  process.stderr.write(`bench: expected ${Object.keys(sections).join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
const done: Section[] = [];
const workshop = await openWorkshop();
try {
  for (const [name, measure] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const section = await measure(workshop);
    process.stdout.write(`${sectionText(section)}\n`);
    done.push(section);
  }
} finally {
  await workshop.close();
}
// Part of a page would pass for the whole: only a complete run is written.
if (wanted.length === 0) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const file = join(import.meta.dirname, 'results.md');
  await writeFile(file, resultsText(done, commit, new Date().toISOString().slice(0, 10)));
}
