import { readFile } from 'node:fs/promises';
import type { LockedArchive } from '@imprint/protocol';
import { parseRelations, parseStanza, type Stanza } from './stanzas.ts';

export type ArchiveName = LockedArchive['archive'];

/** What the archives offer: names quickly, whole paragraphs when asked. */
export interface PackageIndex {
  readonly names: ReadonlySet<string>;
  /** Names that upstream marks essential, sorted. */
  readonly essential: readonly string[];
  /** True if a package of this name exists or another provides it. */
  offers(name: string): boolean;
  /** Every version of a name, in no order. */
  versions(name: string): string[];
  /** The paragraph of an exact version, from the first archive that has it. */
  find(name: string, version: string): { archive: ArchiveName; stanza: Stanza } | undefined;
}

interface Paragraph {
  readonly archive: ArchiveName;
  readonly text: string;
}

const fieldOf = (text: string, name: string) => {
  const start = text.startsWith(`${name}: `) ? 0 : text.indexOf(`\n${name}: `) + 1;
  if (start === 0 && !text.startsWith(`${name}: `)) return undefined;
  const end = text.indexOf('\n', start);
  return text.slice(start + name.length + 2, end === -1 ? undefined : end);
};

function paragraphsOf(text: string): string[] {
  return text.split('\n\n').filter((paragraph) => paragraph.trim() !== '');
}

/** Reads `Packages` files in the order in which an archive is preferred as the source of equal packages. */
export async function readPackageIndex(
  lists: readonly { archive: ArchiveName; path: string }[],
): Promise<PackageIndex> {
  const byName = new Map<string, Paragraph[]>();
  const provided = new Set<string>();
  const essential = new Set<string>();
  for (const { archive, path } of lists) {
    for (const text of paragraphsOf(await readFile(path, 'utf8'))) {
      const name = fieldOf(text, 'Package');
      if (name === undefined) continue;
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [{ archive, text }]);
      else known.push({ archive, text });
      if (text.includes('\nEssential: yes')) essential.add(name);
      for (const [relation] of parseRelations(fieldOf(text, 'Provides')))
        if (relation) provided.add(relation.name);
    }
  }
  return {
    names: new Set(byName.keys()),
    essential: [...essential].sort(),
    offers: (name) => byName.has(name) || provided.has(name),
    versions: (name) => (byName.get(name) ?? []).flatMap(({ text }) => fieldOf(text, 'Version') ?? []),
    find: (name, version) => {
      const found = byName.get(name)?.find(({ text }) => fieldOf(text, 'Version') === version);
      return found && { archive: found.archive, stanza: parseStanza(found.text) };
    },
  };
}
