import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AntivirusDefinitions, type ErrorParams, MutableCore } from '@imprint/protocol';
import Type from 'typebox';
import Value from 'typebox/value';
import type { manifestErrors } from './errors.ts';

export type DocumentKind = 'certificate' | 'mutable core' | 'release root' | 'definitions';
export type Refusal = readonly [keyof typeof manifestErrors, ErrorParams];

const schemas = {
  'mutable core': MutableCore,
  // The signatures and what they cover are checked where the root is used.
  'release root': Type.Object({
    signed: Type.Object({ _type: Type.Literal('root') }),
    signatures: Type.Array(Type.Any()),
  }),
  definitions: AntivirusDefinitions,
};

function checkCertificate(text: string, path: string): Refusal | undefined {
  const refusal = (got: string): Refusal => ['MANIFEST_ROOT_CERTIFICATE', { path, got }];
  const blocks = text.match(/-----BEGIN [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length !== 1) return refusal(`${blocks.length} PEM blocks`);
  try {
    return new X509Certificate(text).ca ? undefined : refusal('a certificate that is no authority');
  } catch {
    return refusal('no certificate');
  }
}

/** Definitions lie beside the file that lists them, under plain names. */
function checkFileNames({ files }: AntivirusDefinitions, path: string): Refusal | undefined {
  const index = files.findIndex(({ name }) => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name));
  if (index === -1) return undefined;
  const got = `the file name "${files[index]?.name}"`;
  return ['MANIFEST_DOCUMENT', { path, kind: 'definitions', got, at: `/files/${index}/name` }];
}

/** Checks a file of known form; returns why it is refused. Paths are shown as the manifest states them. */
export async function checkDocument(
  kind: DocumentKind,
  file: string,
  path: string,
): Promise<Refusal | undefined> {
  const text = await readFile(file, 'utf8');
  if (kind === 'certificate') return checkCertificate(text, path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return ['MANIFEST_DOCUMENT', { path, kind, got: 'text that is not JSON', at: (error as Error).message }];
  }
  const [first] = Value.Errors(schemas[kind], value);
  if (first !== undefined)
    return ['MANIFEST_DOCUMENT', { path, kind, got: first.message, at: first.instancePath || '/' }];
  return kind === 'definitions' ? checkFileNames(value as AntivirusDefinitions, path) : undefined;
}

/** The files a checked definitions set names; they lie beside it. */
export async function definitionFilesOf(file: string): Promise<readonly { name: string; sha256: string }[]> {
  const { files } = JSON.parse(await readFile(file, 'utf8')) as AntivirusDefinitions;
  return files.map(({ name, sha256 }) => ({ name, sha256 }));
}
