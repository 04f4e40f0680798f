import { readFile } from 'node:fs/promises';
import { type ExitCode, isImprintError, type Problem } from '@imprint/protocol';
import { operatorTokenFile } from '../rooms/organisation/index.ts';
import { errorOfProblem } from '../start/problem-error.ts';
import type { Input } from './command.ts';
import { cliError } from './errors.ts';

/** How long one answer may take. */
const timeoutMs = 30_000;

/** Exit code of a problem by its status. */
function exitOf(status: number): ExitCode {
  if (status === 401 || status === 403) return 3;
  if (status === 400 || status === 422) return 2;
  return status >= 500 ? 4 : 1;
}

/**
 * Calls the server with the token it left in the state directory.
 * @throws CLI_SERVER_UNREACHABLE and the server's own problems
 */
export async function callServer(input: Input, path: string, body?: object): Promise<unknown> {
  const { context } = input;
  const url = input.text('server') ?? 'http://127.0.0.1:8470';
  const token = (await readFile(operatorTokenFile(context.home.directory), 'utf8')).trim();
  try {
    const response = await fetch(new URL(path, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'accept-language': context.language,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw errorOfProblem(answer as Problem, exitOf(response.status));
    return answer;
  } catch (cause) {
    if (isImprintError(cause)) throw cause;
    const reason =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw cliError('CLI_SERVER_UNREACHABLE', { url, reason }, { cause });
  }
}
