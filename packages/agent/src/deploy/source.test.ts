import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { serverSource } from './source.ts';

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
let server: Server | undefined;
let starts: number[] = [];
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server whose connection breaks after `pieceBytes` of each answer; `refused` answers come before the first. */
async function breakingServer(pieceBytes: number, refused = 0): Promise<string> {
  starts = [];
  const opened = createServer((request, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
    starts.push(start);
    if (starts.length <= refused) return void response.writeHead(503).end();
    const rest = bytes.subarray(start);
    response.writeHead(206, {
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      'content-length': rest.length,
    });
    if (rest.length <= pieceBytes) return void response.end(rest);
    response.write(rest.subarray(0, pieceBytes), () => setTimeout(() => response.destroy(), 50));
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
}

async function read(url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of serverSource(url, async () => {}).stream('blobs/x', bytes.length))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a connection that breaks is taken up where it broke', async () => {
  const url = await breakingServer(120_000);
  expect((await read(url)).equals(bytes)).toBe(true);
  expect(starts[0]).toBe(0);
  expect(starts.length).toBeGreaterThan(1);
  expect(starts.slice(1).every((start) => start > 0)).toBe(true);
});

test('a server that is busy at first is asked again, and one that stays so is named', async () => {
  expect((await read(await breakingServer(bytes.length, 3))).equals(bytes)).toBe(true);
  server?.close();
  await expect(read(await breakingServer(bytes.length, 99))).rejects.toMatchObject({
    code: 'AGENT_SERVER_BUSY',
  });
  expect(starts).toEqual(Array.from({ length: 8 }, () => 0));
});
