import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

/** What a test does to one answer instead of the plain one; true if it took the answer over. */
export type Mischief = (request: IncomingMessage, response: ServerResponse, content: Buffer) => boolean;

export interface FileServer {
  readonly url: string;
  /** `GET path range?` of every request so far. */
  readonly requests: string[];
  mischief: Mischief | undefined;
  close(): Promise<void>;
}

function answer(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start === 0) return void response.end(content);
  if (start >= content.length) return void response.writeHead(416).end();
  response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` });
  response.end(content.subarray(start));
}

/** Serves a directory over HTTP with ranges, as a mirror does, and lets a test misbehave. */
export async function serveFiles(root: string): Promise<FileServer> {
  const requests: string[] = [];
  const state: { mischief: Mischief | undefined } = { mischief: undefined };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    requests.push(`GET ${path}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
    readFile(join(root, path)).then(
      (content) => state.mischief?.(request, response, content) || answer(request, response, content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get mischief() {
      return state.mischief;
    },
    set mischief(mischief) {
      state.mischief = mischief;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
