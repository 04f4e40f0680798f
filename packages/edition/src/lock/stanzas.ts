/** One paragraph of a Debian control file, its fields by name. Source: Debian Policy §5.1. */
export type Stanza = Readonly<Record<string, string>>;

/** Parses a paragraph; continuation lines are kept with their newline. */
export function parseStanza(text: string): Stanza {
  const fields: Record<string, string> = {};
  let name = '';
  for (const line of text.split('\n')) {
    if (/^[ \t]/.test(line)) fields[name] = `${fields[name] ?? ''}\n${line}`;
    else {
      const colon = line.indexOf(':');
      name = line.slice(0, colon);
      if (colon > 0) fields[name] = line.slice(colon + 1).trim();
    }
  }
  return fields;
}

export interface Relation {
  readonly name: string;
  readonly constraint: string | undefined;
}

/** Parses a relationship field into its groups of alternatives. Source: Debian Policy §7.1. */
export function parseRelations(field: string | undefined): Relation[][] {
  return (field ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) =>
      group.split('|').flatMap((alternative) => {
        const match = /^\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(([^)]*)\))?/.exec(alternative);
        return match?.[1] === undefined ? [] : [{ name: match[1], constraint: match[2] }];
      }),
    );
}
