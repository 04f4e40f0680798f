import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditionManifest } from '@imprint/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import Value from 'typebox/value';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkSchema, type ManifestSchema, understoodKeywords } from './check-schema.ts';
import { manifestSchema, publishedSchema } from './file-schema.ts';
import type { Located } from './located.ts';
import { tightenedOnly } from './loosening.ts';
import { parseYaml } from './parse-yaml.ts';

const editions = join(import.meta.dirname, '../../../../editions');
const samples = readdirSync(editions).map((name) => join(editions, name, 'edition.yaml'));

test('the published schema is the one that manifests are checked against', async () => {
  const text = `${JSON.stringify(publishedSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../schema/edition-manifest.schema.json');
});

test('another validator takes the published schema and accepts the samples by it', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(publishedSchema());
  for (const sample of samples)
    expect(validate(parse(readFileSync(sample, 'utf8'))) || validate.errors).toBe(true);
  expect(validate({ edition: 'a' })).toBe(false);
  expect(validate({ extends: 'a.yaml', edition: 'a' })).toBe(true);
  expect(validate({ extends: 'a.yaml', editoin: 'a' })).toBe(false);
});

function schemasIn(schema: ManifestSchema): ManifestSchema[] {
  const below = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return [schema, ...below.flatMap(schemasIn)];
}

test('every keyword of the schema is understood, and every choice is one of constants', () => {
  for (const schema of schemasIn(manifestSchema)) {
    expect(understoodKeywords).toEqual(expect.arrayContaining(Object.keys(schema)));
    for (const choice of schema.anyOf ?? []) expect(choice).toHaveProperty('const');
    if (schema.pattern !== undefined) expect(schema.examples?.[0]).toMatch(new RegExp(schema.pattern, 'u'));
  }
});

test('every policy is ruled to be tightened only, or is the banner', () => {
  const policies = Object.keys(EditionManifest.properties.policy.properties).map((key) => `/policy/${key}`);
  expect(policies.filter((pointer) => !tightenedOnly.includes(pointer))).toEqual(['/policy/loginBanner']);
});

const base = parse(readFileSync(join(editions, 'gov-base', 'edition.yaml'), 'utf8')) as Record<
  string,
  unknown
>;

/** Changes one value somewhere in a document to an arbitrary one. */
function mutate(document: unknown, path: readonly number[], replacement: unknown): unknown {
  if (typeof document !== 'object' || document === null || path.length === 0) return replacement;
  const keys = Object.keys(document);
  const key = keys[(path[0] ?? 0) % Math.max(1, keys.length)];
  if (key === undefined) return replacement;
  const changed = mutate((document as Record<string, unknown>)[key], path.slice(1), replacement);
  if (Array.isArray(document)) return document.map((item, index) => (String(index) === key ? changed : item));
  return { ...document, [key]: changed };
}

test('it refuses exactly what the schema library refuses', () => {
  const path = fc.array(fc.nat({ max: 20 }), { maxLength: 4 });
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('none', '5m', 'deny', 12, true, ['sudo']),
  );
  fc.assert(
    fc.property(path, value, (at, replacement) => {
      const document = mutate(base, at, replacement);
      const text = JSON.stringify(document);
      const parsed = parseYaml({ file: 'x', directory: '/', text });
      fc.pre('value' in parsed);
      const problems = checkSchema(manifestSchema, (parsed as { value: Located }).value, { partial: false });
      expect(problems.length === 0).toBe(Value.Check(EditionManifest, document));
    }),
    { numRuns: 300 },
  );
});
