/** A deb822 paragraph: field name (lower case) → value, continuation lines kept with their line feeds. */
export type Stanza = ReadonlyMap<string, string>;

/** Splits deb822 text into paragraphs and their fields. Source: deb822(5). */
export function parseStanzas(text: string): Stanza[] {
  return stanzaTexts(text).map(parseStanza);
}

/** The paragraphs of deb822 text as they stand. */
export function stanzaTexts(text: string): string[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map((part) => part.replace(/^\n+|\s+$/g, ''))
    .filter((part) => part !== '');
}

export function parseStanza(text: string): Stanza {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (/^[ \t]/.test(line)) {
      fields.set(current, `${fields.get(current) ?? ''}\n${line.slice(1)}`);
      continue;
    }
    const at = line.indexOf(':');
    if (at <= 0) continue;
    current = line.slice(0, at).toLowerCase();
    fields.set(current, line.slice(at + 1).trim());
  }
  return fields;
}
