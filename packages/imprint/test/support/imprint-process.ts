import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export const checkout = resolve(import.meta.dirname, '../../../..');
const programs = {
  imprint: join(checkout, 'packages/imprint/src/main.ts'),
  start: join(checkout, 'packages/imprint/src/start/main.ts'),
} as const;

export type LineEvent = Readonly<Record<string, unknown>>;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** JSON lines of both streams, in the order they came. */
  readonly events: readonly LineEvent[];
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sees each JSON line as it comes, with the process to act on. */
  readonly onEvent?: (event: LineEvent, child: ChildProcess) => void;
}

/** Runs `imprint …` or `npm start -- …` as a process of its own, to its end however that comes. */
export function runProcess(
  program: keyof typeof programs,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [programs[program], ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? checkout,
    env: { ...process.env, ...options.env },
  });
  const events: LineEvent[] = [];
  const read = (stream: NodeJS.ReadableStream) => {
    let text = '';
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const event of lines.map(parsed).filter((one) => one !== undefined)) {
        events.push(event);
        options.onEvent?.(event, child);
      }
    });
    return () => text;
  };
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => done({ code, signal, stdout: stdout(), stderr: stderr(), events }));
  });
}

function parsed(line: string): LineEvent | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line) as LineEvent;
  } catch {
    return undefined;
  }
}
