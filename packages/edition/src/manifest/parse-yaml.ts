import type { ErrorPlace, ImprintError } from '@imprint/protocol';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { manifestError } from './errors.ts';
import type { Located, LocatedEntry } from './located.ts';

/** What is read and where it stands: `file` as messages show it, `directory` absolute. */
export interface YamlSource {
  readonly file: string;
  readonly directory: string;
  readonly text: string;
}

export type Parsed = { readonly value: Located } | { readonly problems: readonly ImprintError[] };

/** The parser's message without the place and the excerpt it appends. */
function reasonOf(error: YAMLError): string {
  const [first = error.message] = error.message.split('\n');
  return first.replace(/ at line \d+, column \d+:?$/, '').replace(/^./, (letter) => letter.toLowerCase());
}

class Reader {
  readonly problems: ImprintError[] = [];
  readonly #source: YamlSource;
  readonly #lines: LineCounter;

  constructor(source: YamlSource, lines: LineCounter) {
    this.#source = source;
    this.#lines = lines;
  }

  placeOf(offset: number): ErrorPlace {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#source.file, line, column: col };
  }

  refuse(reason: string, offset: number): void {
    this.problems.push(manifestError('MANIFEST_YAML', { reason }, { place: this.placeOf(offset) }));
  }

  located(node: Node | null, fallback: number): Located {
    const offset = node?.range?.[0] ?? fallback;
    const placed = { place: this.placeOf(offset), directory: this.#source.directory };
    if (isMap(node)) return { ...placed, kind: 'record', entries: this.#entries(node.items, offset) };
    if (isSeq(node))
      return { ...placed, kind: 'list', items: node.items.map((item) => this.located(item as Node, offset)) };
    if (isAlias(node)) this.refuse('an alias; write the value out', offset);
    return { ...placed, kind: 'scalar', value: isScalar(node) ? this.#scalar(node.value, offset) : null };
  }

  #scalar(value: unknown, offset: number) {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.refuse('a value that is neither text, number nor boolean', offset);
    return null;
  }

  #entries(items: readonly { key: unknown; value: unknown }[], fallback: number): Map<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of items) {
      const offset = (key as Node | null)?.range?.[0] ?? fallback;
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.refuse('a key that is not text', offset);
        continue;
      }
      entries.set(key.value, {
        keyPlace: this.placeOf(offset),
        value: this.located(value as Node | null, offset),
      });
    }
    return entries;
  }
}

/** Parses one YAML 1.2 document into values with places; all of its faults are returned together. */
export function parseYaml(source: YamlSource): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, schema: 'core' });
  const reader = new Reader(source, lines);
  for (const error of [...document.errors, ...document.warnings])
    reader.refuse(reasonOf(error), error.pos[0]);
  if (reader.problems.length > 0) return { problems: reader.problems };
  const value = reader.located(document.contents, 0);
  if (value.kind !== 'record') reader.refuse('a document that is not a record of keys', 0);
  return reader.problems.length > 0 ? { problems: reader.problems } : { value };
}
