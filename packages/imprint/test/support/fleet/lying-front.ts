import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Changes what a device is told; undefined leaves an answer as the server gave it. */
export type Lie = (path: string, answer: Buffer) => Buffer | undefined;

/** What stands between devices and the server: honest, but for those it is told to lie to. */
export interface LyingFront {
  readonly port: number;
  /** Lies to whoever comes from this address, or is honest again. */
  lieTo(address: string, lie: Lie | undefined): void;
  /** The id of the device that was enrolled through it last. */
  lastDevice(): string | undefined;
  close(): Promise<void>;
}

function bodyOf(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}

/** Opens a front before the server on this host. */
export async function openLyingFront(serverUrl: string): Promise<LyingFront> {
  const { port: serverPort } = new URL(serverUrl);
  const lies = new Map<string, Lie>();
  let enrolled: string | undefined;
  const answer = async (asked: IncomingMessage, reply: ServerResponse) => {
    const lie = lies.get((asked.socket.remoteAddress ?? '').replace(/^::ffff:/u, ''));
    const { method, url = '/', headers } = asked;
    const options = { host: '127.0.0.1', port: serverPort, method, path: url, headers };
    const passed = request(options, async (got) => {
      if (url === '/v1/enrol') {
        const told = await bodyOf(got);
        enrolled = (JSON.parse(told.toString('utf8')) as { deviceId?: string }).deviceId ?? enrolled;
        reply.writeHead(got.statusCode ?? 502, got.headers);
        reply.end(told);
        return;
      }
      if (lie === undefined) {
        reply.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(reply);
        return;
      }
      const honest = await bodyOf(got);
      const told = lie(url, honest) ?? honest;
      const { 'transfer-encoding': _chunked, ...rest } = got.headers;
      reply.writeHead(got.statusCode ?? 502, { ...rest, 'content-length': told.length });
      reply.end(told);
    });
    passed.on('error', () => reply.destroy());
    asked.pipe(passed);
  };
  const server = createServer((asked, reply) => void answer(asked, reply).catch(() => reply.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lastDevice: () => enrolled,
    lieTo: (address, lie) => {
      if (lie === undefined) lies.delete(address);
      else lies.set(address, lie);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
