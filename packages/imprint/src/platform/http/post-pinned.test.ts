import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postPinned } from './post-pinned.ts';

let server: Server;
let base: string;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/slow') return;
    if (request.url === '/drop') {
      request.socket.destroy();
      return;
    }
    if (request.url === '/redirect') response.setHeader('location', '/elsewhere');
    response.statusCode = request.url === '/redirect' ? 302 : 200;
    if (request.url !== '/endless') {
      response.end();
      return;
    }
    // An answer that never ends must not be read.
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (url: string, timeoutMs = 5000) =>
  postPinned(new URL(url), { headers: {}, body: Buffer.from('{}'), timeoutMs });

describe('a post', () => {
  it('answers with the status, and follows no redirect', async () => {
    expect(await post(`${base}/redirect`)).toBe(302);
    expect(seen).toContain('/redirect');
    expect(seen).not.toContain('/elsewhere');
  });

  it('reads no answer to its end', async () => {
    expect(await post(`${base}/endless`)).toBe(200);
  });

  it.each([
    ['/slow', 'timeout'],
    ['/drop', 'ECONNRESET'],
  ])('to %s fails with %s', async (path, reason) => {
    await expect(post(base + path, 300)).rejects.toThrow(reason);
  });

  it('to nobody fails with the reason', async () => {
    await expect(post('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
  });

  const resolvedTo =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const postTo = (url: string, ...addresses: string[]) => {
    const resolve = resolvedTo(...addresses);
    return postPinned(new URL(url), { headers: {}, body: Buffer.from('{}'), timeoutMs: 5000, resolve });
  };

  it('goes to the very addresses that were looked at', async () => {
    const port = new URL(base).port;
    expect(await postTo(`http://receiver.localhost:${port}/pinned`, '127.0.0.1')).toBe(200);
    expect(seen).toContain('/pinned');
  });

  it.each([[['127.0.0.1']], [['203.0.113.7', '::1']], [['169.254.169.254']], [['::ffff:127.0.0.1']]])(
    'does not go where a name has been made to lead to this machine: %j',
    async (addresses) => {
      await expect(postTo('https://alerts.example/', ...addresses)).rejects.toThrow('local address');
    },
  );
});
