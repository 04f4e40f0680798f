import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ImprintError } from '@imprint/protocol';
import type { Reporter } from '../progress.ts';
import { toolError } from '../tools/errors.ts';
import { lineSplitter } from '../tools/lines.ts';
import { toolEnvironment } from '../tools/run-tool.ts';
import { buildError } from './errors.ts';
import type { FinishedBuild } from './finish-build.ts';
import type { PressRequest } from './press-request.ts';
import { errorFromData, type WorkerMessage } from './worker-protocol.ts';

const busyExitCode = 75;
/** A killed build's processes are gone well within this. */
const lockWaitSeconds = '5';

/** One build per state directory (the lock goes with the process), in namespaces that end with their first process. */
function workerArguments(home: string, worker: string): string[] {
  const lock = [
    '--no-fork',
    '--wait',
    lockWaitSeconds,
    '--conflict-exit-code',
    String(busyExitCode),
    join(home, 'run', 'press.lock'),
  ];
  const namespaces = [
    '--mount',
    '--pid',
    '--net',
    '--uts',
    '--ipc',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', worker, home];
  return [...lock, 'unshare', ...namespaces, '--propagation', 'private', ...node];
}

interface Heard {
  build?: FinishedBuild;
  refused?: ImprintError;
  lastLines: string;
}

function listen(child: ChildProcess, reporter: Reporter): Heard {
  const heard: Heard = { lastLines: '' };
  const lines = lineSplitter((line) => {
    const message = JSON.parse(line) as WorkerMessage;
    if (message.kind === 'event') reporter(message.event);
    else if (message.kind === 'done') heard.build = message.build;
    else heard.refused = errorFromData(message.error);
  });
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stdout?.on('end', () => lines.end());
  child.stderr?.on('data', (chunk: Buffer) => {
    heard.lastLines = (heard.lastLines + chunk.toString('utf8')).slice(-2000);
  });
  return heard;
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'ENOENT' ? toolError('TOOL_MISSING', { tool: 'flock' }, { cause }) : cause),
    );
    child.once('close', (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`));
  });
}

export interface RunWorkerOptions {
  readonly home: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a build in its own namespaces and takes its events and its result.
 *
 * @throws BUILD_BUSY, BUILD_WORKER_DIED, and what the build itself refuses with
 */
export async function runWorker(
  worker: string,
  request: PressRequest,
  { home, reporter, signal }: RunWorkerOptions,
): Promise<FinishedBuild> {
  const child = spawn('flock', workerArguments(home, worker), { env: toolEnvironment(), detached: true });
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const heard = listen(child, reporter);
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const outcome = await ended(child);
    signal?.throwIfAborted();
    if (heard.refused !== undefined) throw heard.refused;
    if (heard.build !== undefined) return heard.build;
    if (outcome === `exit code ${busyExitCode}`) throw buildError('BUILD_BUSY', { home });
    throw buildError('BUILD_WORKER_DIED', { outcome, lastLines: heard.lastLines.trim() });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
