import fc from 'fast-check';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}
interface Described {
  readonly operationId?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export interface Operation extends Described {
  readonly method: string;
  readonly path: string;
}

/** Every operation of the interface below `/v1/`; those that end the caller's own session last. */
export function operationsOf({ paths }: Description): Operation[] {
  const all = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => ({
        method: method.toUpperCase(),
        path,
        ...described,
      })),
    );
  const isLast = ({ operationId }: Operation) => Number(operationId === 'signOut');
  return all.toSorted((a, b) => isLast(a) - isLast(b));
}

/** What a caller sends, and which of another agency's ids are in it. */
export interface Sent {
  readonly url: string;
  readonly body?: unknown;
  readonly foreign: readonly string[];
}

/** Rows of the other agency that a request may name: their first key, by table, and their whole text. */
export interface Foreign {
  readonly agencyId: string;
  readonly rows: readonly { readonly table: string; readonly key: string; readonly text: string }[];
}

/** Requests of an operation in which every id is one of the other agency's. */
export function requestsOf(operation: Operation, foreign: Foreign): Sent[] {
  const { path, parameters = [], requestBody } = operation;
  const schema = requestBody?.content['application/json']?.schema;
  const query = parameters.filter((parameter) => parameter.in === 'query' && isId(parameter.name));
  const bodies =
    schema === undefined
      ? [undefined]
      : idsFor('subjectId', foreign).map((id) => bodyOf(schema, foreign, id));
  const isVaried = JSON.stringify(schema ?? {}).includes('subjectId');
  return pathsOf(path, parameters, foreign).flatMap((filled) =>
    (isVaried ? bodies : bodies.slice(0, 1)).map((body) => {
      const search = new URLSearchParams(
        query.map(({ name }): [string, string] => [name, idFor(name, foreign)]),
      );
      const url = search.size === 0 ? filled : `${filled}?${search}`;
      const text = `${url} ${JSON.stringify(body ?? '')}`;
      const named = [foreign.agencyId, ...foreign.rows.map(({ key }) => key)];
      const sent = { url, foreign: named.filter((id) => id.length > 8 && text.includes(id)) };
      return body === undefined ? sent : { ...sent, body };
    }),
  );
}

/** Fills path parameters: each id of the other agency that fits the first, with each that belongs to it for the next. */
function pathsOf(path: string, parameters: readonly Parameter[], foreign: Foreign): string[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  let filled: { path: string; ids: string[] }[] = [{ path, ids: [] }];
  for (const name of names) {
    const schema = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema;
    filled = filled.flatMap(({ path: before, ids }) => {
      const segment = path.split(`/{${name}}`, 1)[0]?.split('/').at(-1) ?? '';
      const fitting = rowsFor(segment, foreign).filter(
        ({ key, text }) => fits(schema, key) && ids.every((id) => text.includes(id)),
      );
      const values = fitting.length === 0 ? [String(sampleOf(schema ?? {}))] : fitting.map(({ key }) => key);
      return values.map((value) => ({ path: before.replace(`{${name}}`, value), ids: [...ids, value] }));
    });
  }
  return filled.map((one) => one.path);
}

/** Segments after which stands what belongs to no agency: a package is known to everybody by its name. */
const common = ['packages'];

/** Rows of the tables that a segment of a path speaks of, as `seat-transfers`; else of any. */
function rowsFor(segment: string, { rows }: Foreign): Foreign['rows'] {
  if (common.includes(segment)) return [];
  const words = segment.split('-').map((word) => (word === 'people' ? 'person' : word.replace(/s$/, '')));
  const meant = rows.filter(({ table }) => words.some((word) => table.split('_').includes(word)));
  return meant.length > 0 ? meant : rows;
}

const fits = (schema: Schema | undefined, value: string): boolean =>
  value.length > 8 && (schema?.pattern === undefined || new RegExp(schema.pattern).test(value));

const isId = (name: string): boolean => /Id$/.test(name);

/** Ids that a name may mean: of the table of that name, else any. */
function idsFor(name: string, foreign: Foreign): string[] {
  const word = /([A-Z]?[a-z]+)Id$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (word === 'agency' || word === 'parent') return [foreign.agencyId];
  const meant = foreign.rows.filter(({ table }) => table.endsWith(`_${word}`));
  return (meant.length > 0 ? meant : foreign.rows).map(({ key }) => key).filter((key) => key.length > 8);
}

const idFor = (name: string, foreign: Foreign): string => idsFor(name, foreign)[0] ?? foreign.agencyId;

function bodyOf(schema: Schema, foreign: Foreign, subject: string): unknown {
  return sampleOf(schema, (name) => {
    if (name === 'subjectId') return subject;
    return isId(name) ? idFor(name, foreign) : undefined;
  });
}

/** A value that a schema takes, all that is optional included; names may be given values of their own. */
export function sampleOf(schema: Schema, named: (name: string) => unknown = () => undefined): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.anyOf ?? [];
  if (choice !== undefined) return sampleOf(choice, named);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, named)));
  if (schema.type === 'array') return [sampleOf(schema.items ?? {}, named)];
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 1, 1);
  if (schema.type === 'boolean') return false;
  if (schema.type === 'string') return textOf(schema);
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, named(name) ?? sampleOf(value, named)]));
}

function textOf({ format, pattern, minLength = 1 }: Schema): string {
  if (format === 'date-time') return '2027-03-01T00:00:00Z';
  if (format === 'email') return 'somebody@agency.example';
  if (format === 'uri') return 'https://agency.example/';
  if (pattern === undefined) return 'x'.repeat(minLength);
  const kept = samples.get(pattern);
  if (kept !== undefined) return kept;
  const [text = ''] = fc.sample(fc.stringMatching(new RegExp(pattern)), { seed: 7, numRuns: 1 });
  samples.set(pattern, text);
  return text;
}

/** By pattern: drawing one is slow. */
const samples = new Map<string, string>();

/** The same request with ids that nobody has: what is not there has to be answered alike. */
export function withNobodysIds<T>(value: T, ids: readonly string[]): T {
  let text = JSON.stringify(value);
  for (const id of ids) {
    const [own = ''] = [id.replace(/[0-9]/g, (digit) => String((Number(digit) + 3) % 10))];
    text = text.replaceAll(id, id.startsWith('0') ? `0${own.slice(1)}` : own);
  }
  return JSON.parse(text) as T;
}
