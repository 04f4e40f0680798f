import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { EditionLock } from '@imprint/protocol';
import Value from 'typebox/value';
import { writeFileDurably } from '../store/index.ts';
import { lockError } from './errors.ts';

const largestLockBytes = 16 * 1024 * 1024;

/** Lists whose entries stand on one line each, so that a change of one package is a change of one line. */
const lineLists: readonly string[] = [
  'archives',
  'base',
  'packages',
  'tools',
  'inputs',
  'signatures',
  'overrides',
];

function encodeMember(key: string, value: unknown): string {
  const name = JSON.stringify(key);
  if (!lineLists.includes(key) || !Array.isArray(value) || value.length === 0)
    return `  ${name}: ${JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')}`;
  const lines = value.map((entry) => `    ${JSON.stringify(entry)}`);
  return `  ${name}: [\n${lines.join(',\n')}\n  ]`;
}

/** Encodes a lock as JSON: the same lock gives the same bytes, and a reviewer sees one line per package. */
export function encodeLock(lock: EditionLock): string {
  const order = [
    'lockVersion',
    'edition',
    'version',
    'architecture',
    'sourceDateEpoch',
    'archives',
    'image',
    'manifest',
  ];
  const rest = ['overrides', 'inputs', 'signatures', 'base', 'packages', 'tools'];
  const values = new Map<string, unknown>(Object.entries(lock));
  const members = [...order, ...rest].flatMap((key) => {
    const value = values.get(key);
    return value === undefined ? [] : [encodeMember(key, value)];
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

/** SHA-256 of a lock's encoding, which names the builds made from it. */
export function lockSha256(lock: EditionLock): string {
  return createHash('sha256').update(encodeLock(lock)).digest('hex');
}

/** Writes a lock file whole or not at all. */
export async function writeLock(file: string, lock: EditionLock): Promise<void> {
  await writeFileDurably(file, encodeLock(lock));
}

/** Reads a lock file. @throws LOCK_FILE_INVALID */
export async function readLock(file: string): Promise<EditionLock> {
  const invalid = (got: string, pointer?: string) =>
    lockError('LOCK_FILE_INVALID', { file, got }, { place: { file, ...(pointer ? { pointer } : {}) } });
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) throw invalid('none');
  if (size > largestLockBytes) throw invalid(`${size} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (Value.Check(EditionLock, value)) return value;
  const [first] = Value.Errors(EditionLock, value);
  throw invalid(first?.message ?? 'another form', first?.instancePath);
}
