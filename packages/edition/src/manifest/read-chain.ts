import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ErrorPlace, ImprintError } from '@imprint/protocol';
import { manifestError } from './errors.ts';
import { childOf, type LocatedRecord } from './located.ts';
import { parseYaml } from './parse-yaml.ts';

const largestFileBytes = 1024 * 1024;
const longestChain = 8;

/** One manifest of a chain, parsed. */
export interface Link {
  readonly file: string;
  readonly value: LocatedRecord;
}

/** The nearest directory upwards that holds a repository, else the manifest's own. */
export function workspaceAround(directory: string): string {
  for (let current = directory; current !== dirname(current); current = dirname(current))
    if (existsSync(join(current, '.git'))) return current;
  return directory;
}

async function readBounded(file: string, place: ErrorPlace | undefined): Promise<string> {
  const options = place === undefined ? {} : { place };
  try {
    const { size } = await stat(file);
    if (size > largestFileBytes)
      throw manifestError(
        'MANIFEST_TOO_LARGE',
        { limitBytes: largestFileBytes, sizeBytes: size },
        { place: { file } },
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'MANIFEST_TOO_LARGE') throw cause;
    const reason = cause instanceof TypeError ? 'not UTF-8' : (code ?? 'unreadable');
    throw manifestError('MANIFEST_FILE_UNREADABLE', { file, reason }, { cause, ...options });
  }
}

/** One error that carries every problem found. */
export function invalid(file: string, problems: readonly ImprintError[]): ImprintError {
  const [first] = problems;
  return manifestError(
    'MANIFEST_INVALID',
    { file, count: problems.length },
    { details: problems, ...(first?.place === undefined ? {} : { place: first.place }) },
  );
}

/** Reads a manifest and those it extends, the given one first; refuses loops and chains without end. */
export async function readChain(file: string, workspace: string): Promise<Link[]> {
  const chain: Link[] = [];
  const seen: string[] = [];
  let next: { file: string; place?: ErrorPlace } | undefined = { file };
  while (next !== undefined) {
    const { file: current, place }: { file: string; place?: ErrorPlace } = next;
    const options = place === undefined ? {} : { place };
    const real = await realpath(current).catch(() => resolve(current));
    if (place !== undefined && relative(workspace, real).split('/')[0] === '..')
      throw manifestError('MANIFEST_PATH_OUTSIDE', { path: current, workspace }, options);
    if (seen.includes(real)) {
      const names = [...chain.map((link) => link.file), current].join(' → ');
      throw manifestError('MANIFEST_EXTENDS_LOOP', { chain: names }, options);
    }
    if (chain.length === longestChain)
      throw manifestError('MANIFEST_EXTENDS_DEPTH', { limit: longestChain }, options);
    seen.push(real);
    const parsed = parseYaml({
      file: current,
      directory: dirname(resolve(current)),
      text: await readBounded(current, place),
    });
    if ('problems' in parsed) throw invalid(current, parsed.problems);
    const value = parsed.value as LocatedRecord;
    chain.push({ file: current, value });
    next = extendedBy(current, value);
  }
  return chain;
}

function extendedBy(file: string, value: LocatedRecord): { file: string; place: ErrorPlace } | undefined {
  const located = childOf(value, 'extends');
  if (located?.kind !== 'scalar' || typeof located.value !== 'string') return undefined;
  const place = { ...located.place, pointer: '/extends' };
  if (isAbsolute(located.value))
    throw manifestError('MANIFEST_PATH_ABSOLUTE', { path: located.value }, { place });
  return { file: join(dirname(file), located.value), place };
}

export function withoutExtends(value: LocatedRecord): LocatedRecord {
  return { ...value, entries: new Map([...value.entries].filter(([key]) => key !== 'extends')) };
}
