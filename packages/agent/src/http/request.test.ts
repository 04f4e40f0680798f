import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../testing/server.ts';
import { openContent } from './content.ts';
import { request } from './request.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const get = (path: string, limits: { maxBytes?: number; timeoutMs?: number } = {}) =>
  request(new URL(server.url + path), { maxBytes: 1000, timeoutMs: 2000, ...limits });

describe('one exchange', () => {
  test('returns status and body up to the limit, to the byte', async () => {
    server.tree.set('file', Buffer.alloc(1000, 1));
    expect((await get('/content/file')).body).toHaveLength(1000);
    await expect(get('/content/file', { maxBytes: 999 })).rejects.toMatchObject({
      code: 'AGENT_ANSWER_TOO_LARGE',
    });
  });

  test('with a body that has no stated length is cut at the limit', async () => {
    server.overrides.set('/chunks', (_request, response) => {
      response.write(Buffer.alloc(600));
      response.end(Buffer.alloc(600));
    });
    await expect(get('/chunks')).rejects.toMatchObject({ code: 'AGENT_ANSWER_TOO_LARGE' });
  });

  test('with a body that dribbles ends in time', async () => {
    server.overrides.set('/slow', (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const started = Date.now();
    await expect(get('/slow', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'AGENT_SERVER_TIMEOUT' });
    expect(Date.now() - started).toBeLessThan(1500);
  });

  test('with no answer at all ends in time', async () => {
    server.overrides.set('/silent', () => {});
    await expect(get('/silent', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'AGENT_SERVER_TIMEOUT' });
  });

  test('with a body that breaks off is no answer', async () => {
    server.overrides.set('/short', (_request, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('only this', () => response.destroy());
    });
    await expect(get('/short')).rejects.toMatchObject({ code: 'AGENT_SERVER_UNREACHABLE' });
  });

  test.each([301, 302, 307, 308])('with a redirect %i is refused', async (status) => {
    server.overrides.set('/moved', (_request, response) => {
      response.writeHead(status, { location: '/content/file' });
      response.end();
    });
    await expect(get('/moved')).rejects.toMatchObject({ code: 'AGENT_REDIRECT_REFUSED' });
  });

  test('with nobody there names the host and why', async () => {
    const nobody = request(new URL('http://127.0.0.1:9/'), { maxBytes: 1, timeoutMs: 2000 });
    await expect(nobody).rejects.toMatchObject({
      code: 'AGENT_SERVER_UNREACHABLE',
      params: { host: '127.0.0.1:9', reason: 'ECONNREFUSED' },
    });
  });
});

describe('published content', () => {
  test('that is not there is undefined, a failing server is tried again', async () => {
    const fetch = openContent(server.url);
    expect(await fetch('none', 10)).toBeUndefined();
    server.overrides.set('/content/broken', (_request, response) => {
      response.writeHead(502);
      response.end();
    });
    await expect(fetch('broken', 10)).rejects.toMatchObject({ code: 'AGENT_SERVER_BUSY' });
  });
});
