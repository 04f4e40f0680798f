import { parseStanza, stanzaTexts } from '../reference/stanzas.ts';
import type { RecordComparison } from './model.ts';

/**
 * Compares deb822 databases (`status`, `extended_states`): each of upstream's paragraphs must be there unchanged, and
 * each further one must belong to a declared component.
 */
export const compareStanzas: RecordComparison = (core, edition, { components }) => {
  const [before, after] = [byPackage(core), byPackage(edition)];
  const problems: string[] = [];
  for (const [key, text] of before) {
    const now = after.get(key);
    if (now === undefined) problems.push(`package ${key} removed`);
    else if (now !== text) problems.push(`package ${key} changed`);
  }
  for (const key of after.keys())
    if (!before.has(key) && !components.has(key.split(':')[0] ?? ''))
      problems.push(`package ${key} not declared`);
  return problems;
};

function byPackage(file: Buffer): Map<string, string> {
  return new Map(
    stanzaTexts(file.toString('utf8')).map((text) => {
      const fields = parseStanza(text);
      const architecture = fields.get('architecture');
      const name = fields.get('package') ?? '';
      return [architecture === undefined ? name : `${name}:${architecture}`, text];
    }),
  );
}
