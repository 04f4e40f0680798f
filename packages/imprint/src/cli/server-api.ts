import { readFile } from 'node:fs/promises';
import { type ExitCode, isImprintError, type Problem } from '@imprint/protocol';
import { operatorTokenFile } from '../rooms/organisation/index.ts';
import { errorOfProblem } from '../start/problem-error.ts';
import type { Input } from './command.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';

/** How long one answer may take, unless the command knows better. */
const usualTimeoutMs = 30_000;

/** Rows of a page. */
const pageSize = 200;

export type Route = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;
export type Query = Readonly<Record<string, string | undefined>>;

/** Exit code of a problem by its status. */
function exitOf(status: number): ExitCode {
  if (status === 401 || status === 403) return 3;
  if (status === 400 || status === 413 || status === 422) return 2;
  return status >= 500 ? 4 : 1;
}

/**
 * Asks the server, with the token of `IMPRINT_TOKEN` or the one the server left in the state directory. An answer without
 * content is undefined.
 * @throws CLI_TOKEN_NEEDED, CLI_SERVER_UNREACHABLE and the server's own problems
 */
export async function callServer(
  input: Input,
  route: Route,
  sent: { readonly query?: Query; readonly body?: object; readonly timeoutMs?: number } = {},
): Promise<unknown> {
  const { context } = input;
  const base = input.text('server') ?? 'http://127.0.0.1:8470';
  const { method, url } = addressOf(base, route, sent.query ?? {});
  const authorization = `Bearer ${await tokenOf(context)}`;
  const headers = { authorization, 'accept-language': context.language };
  try {
    const response = await fetch(url, {
      method,
      ...(sent.body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(sent.body) }),
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(sent.timeoutMs ?? usualTimeoutMs)]),
    });
    if (response.status === 204) return undefined;
    const answer: unknown = await response.json();
    if (!response.ok) throw errorOfProblem(answer as Problem, exitOf(response.status));
    return answer;
  } catch (cause) {
    if (isImprintError(cause)) throw cause;
    const reason =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw cliError('CLI_SERVER_UNREACHABLE', { url: base, reason }, { cause });
  }
}

function addressOf(base: string, route: Route, query: Query): { method: string; url: URL } {
  const [method = 'GET', path = '/'] = route.split(' ');
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return { method, url };
}

async function tokenOf(context: Context): Promise<string> {
  const given = context.terminal.env.IMPRINT_TOKEN?.trim() ?? '';
  if (given !== '') return given;
  const file = operatorTokenFile(context.home.directory);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw cliError('CLI_TOKEN_NEEDED', { file }, { cause });
  }
}

/** Asks the server for a change; with `--dry-run` it answers as it would and keeps nothing. Only for routes that know `dryRun`. */
export function changeOnServer(
  input: Input,
  route: Route,
  body?: object,
  timeoutMs = usualTimeoutMs,
): Promise<unknown> {
  return callServer(input, route, {
    timeoutMs,
    ...(input.has('dry-run') ? { query: { dryRun: 'true' } } : {}),
    ...(body === undefined ? {} : { body }),
  });
}

/** What people are told after a dry run. */
export function dryRunLines(input: Input): string[] {
  if (!input.has('dry-run')) return [];
  return [input.context.say({ en: 'dry run: nothing was changed', 'zh-CN': '试运行：未做任何更改' })];
}

/** All rows of a list, page after page; `keyOf` is what the next page goes on after. */
export async function listAll<Row>(
  input: Input,
  path: `/${string}`,
  member: string,
  keyOf: (row: Row) => string,
  query: Query = {},
): Promise<Row[]> {
  const found: Row[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? undefined : keyOf(last);
    const answer = (await callServer(input, `GET ${path}`, {
      query: { ...query, limit: String(pageSize), after },
    })) as Record<string, Row[]>;
    const rows = answer[member] ?? [];
    found.push(...rows);
    if (rows.length < pageSize) return found;
  }
}
