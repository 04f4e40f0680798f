import type { ErrorPlace, ImprintError } from '@imprint/protocol';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { manifestError, type manifestErrors } from './errors.ts';
import type { Located, LocatedEntry } from './located.ts';

/** What is read and where it stands: `file` as messages show it, `directory` absolute. */
export interface YamlSource {
  readonly file: string;
  readonly directory: string;
  readonly text: string;
}

export type Parsed = { readonly value: Located } | { readonly problems: readonly ImprintError[] };

interface Context {
  readonly source: YamlSource;
  readonly lines: LineCounter;
  readonly problems: ImprintError[];
}

type FaultCode = 'MANIFEST_YAML_INDENT' | 'MANIFEST_YAML_KEY_TWICE' | 'MANIFEST_YAML_UNCLOSED';
const faultCodes: Readonly<Record<string, FaultCode & keyof typeof manifestErrors>> = {
  BAD_INDENT: 'MANIFEST_YAML_INDENT',
  TAB_AS_INDENT: 'MANIFEST_YAML_INDENT',
  DUPLICATE_KEY: 'MANIFEST_YAML_KEY_TWICE',
  MISSING_CHAR: 'MANIFEST_YAML_UNCLOSED',
};
const unsupportedCodes: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: '---',
  NON_STRING_KEY: '? key',
  TAG_RESOLVE_FAILED: '!tag',
};

function placeOf({ lines, source }: Context, offset: number): ErrorPlace {
  const { line, col } = lines.linePos(offset);
  return { file: source.file, line, column: col };
}

function refuse(context: Context, what: string, offset: number): void {
  const place = placeOf(context, offset);
  context.problems.push(manifestError('MANIFEST_YAML_UNSUPPORTED', { what }, { place }));
}

/** Gives a fault of the parser its code; one without a code of its own carries the parser's words. */
function reportFault(context: Context, { code, message, pos: [offset] }: YAMLError): void {
  const place = placeOf(context, offset);
  const [known, what] = [faultCodes[code], unsupportedCodes[code]];
  const [reason = message] = message.split('\n');
  if (what !== undefined) refuse(context, what, offset);
  else if (known !== undefined) context.problems.push(manifestError(known, {}, { place }));
  else context.problems.push(manifestError('MANIFEST_YAML', { reason }, { place }));
}

function scalarOf(context: Context, value: unknown, offset: number) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  refuse(context, String(value), offset);
  return null;
}

function entriesOf(context: Context, items: readonly { key: unknown; value: unknown }[], fallback: number) {
  const entries = new Map<string, LocatedEntry>();
  for (const { key, value } of items) {
    const offset = (key as Node | null)?.range?.[0] ?? fallback;
    if (isScalar(key) && typeof key.value === 'string') {
      const located = locate(context, value as Node | null, offset);
      entries.set(key.value, { keyPlace: placeOf(context, offset), value: located });
    } else refuse(context, '? key', offset);
  }
  return entries;
}

function locate(context: Context, node: Node | null, fallback: number): Located {
  const offset = node?.range?.[0] ?? fallback;
  const placed = { place: placeOf(context, offset), directory: context.source.directory };
  if (isMap(node)) return { ...placed, kind: 'record', entries: entriesOf(context, node.items, offset) };
  if (isSeq(node)) {
    const items = node.items.map((item) => locate(context, item as Node, offset));
    return { ...placed, kind: 'list', items };
  }
  if (isAlias(node)) refuse(context, '*alias', offset);
  return { ...placed, kind: 'scalar', value: isScalar(node) ? scalarOf(context, node.value, offset) : null };
}

/** Parses one YAML 1.2 document into values with places; all of its faults are returned together. */
export function parseYaml(source: YamlSource): Parsed {
  const lines = new LineCounter();
  const context = { source, lines, problems: [] as ImprintError[] };
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, schema: 'core' });
  for (const fault of [...document.errors, ...document.warnings]) reportFault(context, fault);
  if (context.problems.length > 0) return { problems: context.problems };
  const value = locate(context, document.contents, 0);
  if (context.problems.length === 0 && value.kind !== 'record')
    context.problems.push(
      manifestError('MANIFEST_TYPE', { expected: 'object', got: value.kind }, { place: placeOf(context, 0) }),
    );
  return context.problems.length > 0 ? { problems: context.problems } : { value };
}
