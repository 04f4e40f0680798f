import type { ErrorParams, ErrorPlace, ImprintError } from '@imprint/protocol';
import { manifestError, type manifestErrors } from './errors.ts';
import { type Located, type LocatedList, type LocatedRecord, plainOf, pointerTo } from './located.ts';
import { suggestionFor } from './suggest.ts';

/** The part of JSON Schema that manifests are described in. */
export interface ManifestSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ManifestSchema>>;
  readonly required?: readonly string[];
  readonly items?: ManifestSchema;
  readonly anyOf?: readonly ManifestSchema[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly additionalProperties?: boolean;
  readonly examples?: readonly unknown[];
  readonly description?: string;
}

export const understoodKeywords = [
  ...[
    'type',
    'properties',
    'required',
    'items',
    'anyOf',
    'const',
    'pattern',
    'format',
    'minLength',
    'minimum',
  ],
  ...['maximum', 'minItems', 'uniqueItems', 'additionalProperties', 'examples', 'description'],
] as const;

export interface CheckOptions {
  /** Leaves missing keys and too short lists for the merged manifest to answer for. */
  readonly partial: boolean;
}

interface Context extends CheckOptions {
  readonly problems: ImprintError[];
}

function refuse(
  context: Context,
  code: keyof typeof manifestErrors,
  params: ErrorParams,
  place: ErrorPlace,
  pointer: string,
): void {
  context.problems.push(manifestError(code, params, { place: { ...place, pointer } }));
}

const typeNames = { record: 'object', list: 'array' } as const;

function typeOf(located: Located): string {
  if (located.kind !== 'scalar') return typeNames[located.kind];
  if (located.value === null) return 'null';
  return Number.isInteger(located.value) ? 'integer' : typeof located.value;
}

const quoted = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 120);

function checkRecord(schema: ManifestSchema, record: LocatedRecord, pointer: string, context: Context): void {
  const properties = schema.properties ?? {};
  for (const [key, { keyPlace, value }] of record.entries) {
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (child !== undefined) checkValue(child, value, pointerTo(pointer, key), context);
    else if (schema.additionalProperties === false) {
      const suggestion = suggestionFor(key, Object.keys(properties));
      const known = Object.keys(properties).join(', ');
      if (suggestion === undefined)
        refuse(context, 'MANIFEST_KEY_UNKNOWN', { key, known }, keyPlace, pointerTo(pointer, key));
      else refuse(context, 'MANIFEST_KEY_MISSPELT', { key, suggestion }, keyPlace, pointerTo(pointer, key));
    }
  }
  if (context.partial) return;
  for (const key of schema.required ?? [])
    if (!record.entries.has(key)) refuse(context, 'MANIFEST_KEY_MISSING', { key }, record.place, pointer);
}

function checkList(schema: ManifestSchema, list: LocatedList, pointer: string, context: Context): void {
  const { items, minItems = 0, uniqueItems = false } = schema;
  const seen = new Set<string>();
  for (const [index, item] of list.items.entries()) {
    if (items !== undefined) checkValue(items, item, pointerTo(pointer, index), context);
    const entry = JSON.stringify(plainOf(item));
    if (uniqueItems && seen.has(entry))
      refuse(
        context,
        'MANIFEST_LIST_DUPLICATE',
        { entry: quoted(plainOf(item)) },
        item.place,
        pointerTo(pointer, index),
      );
    seen.add(entry);
  }
  if (!context.partial && list.items.length < minItems)
    refuse(
      context,
      'MANIFEST_LIST_EMPTY',
      { minimum: minItems, got: list.items.length },
      list.place,
      pointer,
    );
}

function isUri(text: string): boolean {
  return URL.canParse(text) && /^[a-z][a-z0-9+.-]*:\S+$/i.test(text);
}

function checkText(
  schema: ManifestSchema,
  value: string,
  located: Located,
  pointer: string,
  context: Context,
) {
  const { pattern, format, minLength = 0, examples = [] } = schema;
  const formed =
    [...value].length >= minLength &&
    (pattern === undefined || new RegExp(pattern, 'u').test(value)) &&
    (format !== 'uri' || isUri(value));
  if (formed) return;
  const example = String(examples[0] ?? (format === 'uri' ? 'https://imprint.example' : 'text'));
  const params = { example, got: quoted(value), pattern: pattern ?? format ?? `minLength ${minLength}` };
  refuse(context, 'MANIFEST_FORM', params, located.place, pointer);
}

function checkChoice(choices: readonly unknown[], located: Located, pointer: string, context: Context): void {
  if (located.kind === 'scalar' && choices.includes(located.value)) return;
  const params = {
    choices: choices.map((choice) => `"${choice}"`).join(', '),
    got: quoted(plainOf(located)),
  };
  refuse(context, 'MANIFEST_CHOICE', params, located.place, pointer);
}

function checkNumber(
  schema: ManifestSchema,
  got: number,
  located: Located,
  pointer: string,
  context: Context,
) {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (got < minimum || got > maximum)
    refuse(context, 'MANIFEST_RANGE', { minimum, maximum, got }, located.place, pointer);
}

function checkValue(schema: ManifestSchema, located: Located, pointer: string, context: Context): void {
  const choices = schema.const === undefined ? schema.anyOf?.map((choice) => choice.const) : [schema.const];
  const type = typeOf(located);
  if (choices !== undefined) checkChoice(choices, located, pointer, context);
  else if (schema.type !== type)
    refuse(context, 'MANIFEST_TYPE', { expected: schema.type ?? '', got: type }, located.place, pointer);
  else if (located.kind === 'record') checkRecord(schema, located, pointer, context);
  else if (located.kind === 'list') checkList(schema, located, pointer, context);
  else if (typeof located.value === 'string') checkText(schema, located.value, located, pointer, context);
  else if (typeof located.value === 'number') checkNumber(schema, located.value, located, pointer, context);
}

/** Checks a value against a schema and returns every problem, each with its place and pointer. */
export function checkSchema(schema: ManifestSchema, value: Located, options: CheckOptions): ImprintError[] {
  const context = { ...options, problems: [] };
  checkValue(schema, value, '', context);
  return context.problems;
}
