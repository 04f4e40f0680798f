import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { startError } from './errors.ts';

/**
 * Holds a home for one run by listening on an abstract socket named after it: the kernel lets go of it when the
 * process ends, however it ends, and no file can be left behind. Returns the release. Source: unix(7), abstract sockets.
 * @throws START_ALREADY_RUNNING
 */
export async function holdHome(home: string): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true });
  const digest = createHash('sha256')
    .update(await realpath(home))
    .digest('hex');
  const name = `\0imprint-start-${digest}`;
  const server = createServer((socket) => socket.end(String(process.pid)));
  server.unref();
  if (!(await listens(server, name)))
    throw startError('START_ALREADY_RUNNING', { pid: await holderOf(name), home });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listens(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(true));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(name);
  });
}

function holderOf(name: string): Promise<string> {
  return text(connect(name)).catch(() => '?');
}
