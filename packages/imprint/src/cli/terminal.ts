import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from './context.ts';

/** The ends of this process. A reader that goes away (`imprint … | head`) ends the process quietly. */
export function processTerminal(): Terminal {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    isInputTerminal: process.stdin.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    readInput,
    ask,
  };
}

async function readInput(maximumBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > maximumBytes) break;
  }
  return Buffer.concat(chunks)
    .subarray(0, maximumBytes + 1)
    .toString('utf8');
}

function ask(question: string, options: { hidden: boolean; signal: AbortSignal }): Promise<string> {
  // readline echoes to its output: for a hidden answer that output is a stream that drops everything.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = options.hidden ? silent : process.stderr;
  const reader = createInterface({ input: process.stdin, output, terminal: true });
  if (options.hidden) process.stderr.write(question);
  return new Promise((resolve, reject) => {
    const stop = () => {
      reader.close();
      reject(options.signal.reason);
    };
    options.signal.addEventListener('abort', stop, { once: true });
    // In raw mode Ctrl-C arrives here, not as a signal.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.question(options.hidden ? '' : question, (answer) => {
      options.signal.removeEventListener('abort', stop);
      reader.close();
      if (options.hidden) process.stderr.write('\n');
      resolve(answer);
    });
  });
}
