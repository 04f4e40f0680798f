import { type ChildProcess, spawn } from 'node:child_process';
import { toolError } from './errors.ts';
import { lineSplitter } from './lines.ts';

const defaultOutputLimit = 64 * 1024 * 1024;
const lastLinesKept = 12;
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ToolOptions {
  /** Aborting ends the tool and all it started, then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Added to a clean environment of PATH, HOME, `LC_ALL=C.UTF-8` and `TZ=UTC`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Takes standard output as it comes; it is then not collected. */
  readonly onStdout?: ((chunk: Buffer) => void) | undefined;
  /** Exit codes that are answers, not failures; `[0]` if not given. */
  readonly accept?: readonly number[] | undefined;
  /** Limit of collected standard output, 64 MiB if not given. */
  readonly maxOutputBytes?: number | undefined;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The last lines of standard error. */
  readonly stderr: string;
}

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The clean environment tools run in; nothing of the caller's but its HOME and proxy settings reaches them. */
export function toolEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['HOME', 'http_proxy', 'https_proxy', 'no_proxy', 'TMPDIR'];
  const inherited = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { PATH: searchPath, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...Object.fromEntries(inherited), ...extra };
}

/** Ends a process group at once; a tool given half a chance could leave its children behind. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function outcomeOf(child: ChildProcess, tool: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'ENOENT' ? toolError('TOOL_MISSING', { tool }, { cause }) : cause),
    );
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Collects what the child prints; `lastLines` holds the end of standard error, `overflowed` tells the limit was hit. */
function collect(child: ChildProcess, options: ToolOptions) {
  const limit = options.maxOutputBytes ?? defaultOutputLimit;
  const collected = { chunks: [] as Buffer[], sizeBytes: 0, overflowed: false, lastLines: [] as string[] };
  const outLines = lineSplitter((line) => options.onLine?.(line, 'stdout'));
  const errorLines = lineSplitter((line) => {
    collected.lastLines.push(line);
    if (collected.lastLines.length > lastLinesKept) collected.lastLines.shift();
    options.onLine?.(line, 'stderr');
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    if (options.onLine !== undefined) outLines.push(chunk);
    if (options.onStdout !== undefined) return options.onStdout(chunk);
    collected.sizeBytes += chunk.length;
    if (collected.sizeBytes <= limit) return void collected.chunks.push(chunk);
    collected.overflowed = true;
    killGroup(child);
  });
  child.stderr?.on('data', (chunk: Buffer) => errorLines.push(chunk));
  child.once('close', () => {
    outLines.end();
    errorLines.end();
  });
  return collected;
}

/**
 * Runs an external program from an argument array, never through a shell. The program gets its own process group.
 *
 * @throws TOOL_MISSING, TOOL_FAILED (with the last lines of standard error), TOOL_OUTPUT_TOO_LARGE
 */
export async function runTool(argv: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const [tool, ...args] = argv;
  if (tool === undefined) throw new TypeError('runTool needs a program');
  options.signal?.throwIfAborted();
  const child = spawn(tool, args, {
    cwd: options.cwd,
    env: toolEnvironment(options.env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const abort = () => killGroup(child);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const collected = collect(child, options);
    // A tool that ends without reading its input breaks the pipe; its exit code tells what happened.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    const outcome = await outcomeOf(child, tool);
    options.signal?.throwIfAborted();
    if (collected.overflowed)
      throw toolError('TOOL_OUTPUT_TOO_LARGE', {
        tool,
        limitBytes: options.maxOutputBytes ?? defaultOutputLimit,
      });
    const lastLines = collected.lastLines.join('\n');
    if (outcome.code === null || !(options.accept ?? [0]).includes(outcome.code))
      throw toolError('TOOL_FAILED', { tool, outcome: describe(outcome), lastLines });
    return { exitCode: outcome.code, stdout: Buffer.concat(collected.chunks), stderr: lastLines };
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function describe(outcome: Outcome): string {
  return outcome.code === null ? `signal ${outcome.signal}` : `exit code ${outcome.code}`;
}

/** Runs a tool and returns its standard output as text. */
export async function runToolText(argv: readonly string[], options: ToolOptions = {}): Promise<string> {
  return (await runTool(argv, options)).stdout.toString('utf8');
}
