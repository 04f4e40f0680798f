/** An element of the small XML that a WIM carries: no namespaces, no mixed content. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
  readonly children: XmlElement[];
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const depthLimit = 32;
const token =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([\w.-]+)\s*>|<([\w.-]+)((?:\s+[\w.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

function decodeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));|&/gi, (all, hex, decimal, name) => {
    if (name !== undefined) {
      const character = entities[name];
      if (character !== undefined) return character;
    } else if (all !== '&') return String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10));
    throw new SyntaxError(`unknown reference ${all}`);
  });
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const found = text.matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...found].map(([, name, a, b]) => [name, decodeText(a ?? b ?? '')]));
}

/** Parses well-formed elements strictly; DOCTYPE and CDATA are refused. Source: XML 1.0 §3. @throws SyntaxError */
export function parseXml(source: string): XmlElement {
  const root: OpenElement = { name: '', attributes: {}, text: '', children: [] };
  const open: OpenElement[] = [root];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (match === null) throw new SyntaxError(`unexpected markup at character ${at}`);
    const [, closing, opening, attributes = '', selfClosing, text] = match;
    const current = open.at(-1) ?? root;
    if (closing !== undefined) {
      if (closing !== current.name)
        throw new SyntaxError(`</${closing}> where </${current.name}> was expected`);
      open.pop();
    } else if (opening !== undefined) {
      const element: OpenElement = {
        name: opening,
        attributes: attributesOf(attributes),
        text: '',
        children: [],
      };
      current.children.push(element);
      if (selfClosing === '') open.push(element);
      if (open.length > depthLimit) throw new SyntaxError(`more than ${depthLimit} levels`);
    } else if (text !== undefined) {
      if (current === root && text.trim() !== '') throw new SyntaxError('text outside the root element');
      current.text += decodeText(text);
    }
  }
  const [element] = root.children;
  if (open.length !== 1 || root.children.length !== 1 || element === undefined)
    throw new SyntaxError('expected one closed root element');
  return element;
}
