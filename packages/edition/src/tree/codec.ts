import { createReadStream } from 'node:fs';
import { writeFileDurably } from '../store/index.ts';
import type { TreeEntry } from './entry.ts';
import { treeError } from './errors.ts';

const schema = 'imprint/tree/v1';
const linesPerChunk = 2000;

/**
 * Encodes an index as JSON lines: a head with the number of entries, then one entry per line. The number tells a
 * cut-off file from a whole one.
 */
export function* encodeIndex(entries: readonly TreeEntry[]): Generator<string> {
  yield `${JSON.stringify({ schema, entries: entries.length })}\n`;
  for (let at = 0; at < entries.length; at += linesPerChunk)
    yield `${entries
      .slice(at, at + linesPerChunk)
      .map((entry) => JSON.stringify(entry))
      .join('\n')}\n`;
}

/**
 * Decodes an index line by line.
 *
 * @throws TREE_INDEX_MALFORMED
 */
export async function decodeIndex(lines: Iterable<string> | AsyncIterable<string>): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let expected: number | undefined;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const value = parseLine(text, line);
    if (expected === undefined) expected = headOf(value, line);
    else if (typeof value.path === 'string' && value.path.startsWith('/'))
      entries.push(value as unknown as TreeEntry);
    else throw treeError('TREE_INDEX_MALFORMED', { line, problem: 'no path' });
  }
  if (expected !== entries.length)
    throw treeError('TREE_INDEX_MALFORMED', {
      line,
      problem: `${entries.length} of ${expected ?? 0} entries`,
    });
  return entries;
}

function parseLine(text: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw treeError('TREE_INDEX_MALFORMED', { line, problem: 'not JSON' }, { cause });
  }
  throw treeError('TREE_INDEX_MALFORMED', { line, problem: 'not an object' });
}

function headOf(value: Record<string, unknown>, line: number): number {
  if (value.schema === schema && typeof value.entries === 'number') return value.entries;
  throw treeError('TREE_INDEX_MALFORMED', { line, problem: `no ${schema} head` });
}

/** Writes an index durably: its name holds the whole index or the one before. @throws STORE_FULL */
export async function writeIndex(file: string, entries: readonly TreeEntry[]): Promise<void> {
  await writeFileDurably(file, [...encodeIndex(entries)].join(''));
}

/**
 * Reads an index that `writeIndex` wrote.
 *
 * @throws TREE_INDEX_MALFORMED
 */
export async function readIndex(file: string): Promise<TreeEntry[]> {
  return await decodeIndex(linesOf(createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })));
}

/** Lines by line feed alone: JSON text may hold the other line separators of Unicode unescaped. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
