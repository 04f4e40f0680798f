import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { httpSource } from './http-source.ts';

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const opened = createServer(answer);
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(opened.address() as AddressInfo).port}/pack/x`);
}

async function read(url: URL, start: number, end: number, timeoutMs?: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of httpSource(url, timeoutMs)(start, end)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const range = (request: IncomingMessage) => {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  return { start: Number(start), end: Number(end) + 1 };
};

test('a range is asked for and nothing else', async () => {
  const url = await serve((request, response) => {
    const { start, end } = range(request);
    response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` });
    response.end(bytes.subarray(start, end));
  });
  expect((await read(url, 70_000, 80_000)).equals(bytes.subarray(70_000, 80_000))).toBe(true);
});

test('a server without ranges is read past', async () => {
  const url = await serve((_request, response) => void response.end(bytes));
  expect((await read(url, 99_000, 100_000)).equals(bytes.subarray(99_000))).toBe(true);
});

test('a connection that breaks is an early end', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-99999/100000', 'content-length': '100000' });
    response.write(bytes.subarray(0, 30_000), () => setTimeout(() => response.destroy(), 50));
  });
  const got = await read(url, 0, 100_000);
  expect(got.length).toBeLessThanOrEqual(30_000);
  expect(got.equals(bytes.subarray(0, got.length))).toBe(true);
});

test.each<[string, number, Record<string, string>]>([
  ['AGENT_REDIRECT_REFUSED', 302, { location: 'http://127.0.0.1/elsewhere' }],
  ['AGENT_SERVER_BUSY', 404, {}],
  ['AGENT_SERVER_BUSY', 503, {}],
  ['AGENT_ANSWER_MALFORMED', 206, { 'content-range': 'bytes 5-9/100' }],
  ['AGENT_ANSWER_MALFORMED', 206, {}],
])('%s for an answer %i', async (code, status, headers) => {
  const url = await serve((_request, response) => void response.writeHead(status, headers).end('x'));
  await expect(read(url, 4, 10)).rejects.toMatchObject({ code });
});

test('a server that is away, or that says nothing, is named', async () => {
  const silent = await serve(() => {});
  await expect(read(silent, 0, 10, 100)).rejects.toMatchObject({ code: 'AGENT_SERVER_TIMEOUT' });
  server?.closeAllConnections();
  server?.close();
  await expect(read(silent, 0, 10)).rejects.toMatchObject({ code: 'AGENT_SERVER_UNREACHABLE' });
});
