// Writes the reference pages that are made from data: docs/cli.md from the command records, docs/errors.md from the
// error registries. `node tools/generate-docs.ts`; tools/generate-docs.test.ts fails when a page is out of date.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentErrors } from '../packages/agent/src/errors.ts';
import { commands, registries, renderCliPage } from '../packages/imprint/src/index.ts';
import { renderErrorsPage } from './errors-page.ts';

const docs = join(import.meta.dirname, '../docs');

/** The product's registries and the device agent's. */
export const allRegistries = [...registries, { name: 'device agent', errors: agentErrors }];

/** Every generated page: file name below `docs/` → its text. */
export function generatedPages(): Readonly<Record<string, string>> {
  return { 'cli.md': renderCliPage(commands), 'errors.md': renderErrorsPage(allRegistries) };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generatedPages())) await writeFile(join(docs, name), text);
}
