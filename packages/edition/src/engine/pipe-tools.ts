import { spawn } from 'node:child_process';
import { toolError } from '../tools/errors.ts';
import { toolEnvironment } from '../tools/run-tool.ts';

interface Ended {
  readonly tool: string;
  readonly code: number | null;
  readonly lastLines: string;
}

function start(argv: readonly string[], input: 'ignore' | import('node:stream').Readable) {
  const [tool = '', ...args] = argv;
  const child = spawn(tool, args, { env: toolEnvironment(), stdio: [input, 'pipe', 'pipe'] });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-2000);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'ENOENT' ? toolError('TOOL_MISSING', { tool }, { cause }) : cause),
    );
    child.once('close', (code) => resolve({ tool, code, lastLines: text.trim() }));
  });
  return { child, ended };
}

/**
 * Runs `from | to` without a shell; the two are joined by the system, no byte passes through this process.
 *
 * @throws TOOL_MISSING, TOOL_FAILED
 */
export async function pipeTools(
  from: readonly string[],
  to: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const source = start(from, 'ignore');
  if (source.child.stdout === null) throw new TypeError('a pipe needs an output');
  const sink = start(to, source.child.stdout);
  // The sink has its own copy of the pipe; ours would swallow what is left in it when the source ends.
  source.child.stdout.destroy();
  sink.child.stdout?.resume();
  const abort = () => {
    source.child.kill('SIGKILL');
    sink.child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const ends = await Promise.all([source.ended, sink.ended]);
    signal?.throwIfAborted();
    const failed = ends.toReversed().find(({ code }) => code !== 0);
    if (failed !== undefined)
      throw toolError('TOOL_FAILED', {
        tool: failed.tool,
        outcome: `exit code ${failed.code}`,
        lastLines: failed.lastLines,
      });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
