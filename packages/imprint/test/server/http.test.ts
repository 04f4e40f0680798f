import { readFile, stat } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiSurface } from '../support/api-surface.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

describe('the description', () => {
  it('is OpenAPI 3.1 and changes only on purpose', async () => {
    const { body } = await server.get('/openapi.json', '');
    expect(body.openapi).toBe('3.1.0');
    await expect(apiSurface(body)).toMatchFileSnapshot('__golden__/api.txt');
  });

  it('names every operation once, says what it answers and what it needs', async () => {
    const { body } = await server.get('/openapi.json', '');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(
        methods as Record<string, { operationId?: string; summary?: string; responses: object }>,
      ).map(([method, operation]) => ({ path, method, ...operation })),
    );
    const ids = operations.filter(({ method }) => method !== 'head').map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, summary, responses } of operations) {
      expect(summary, path).toBeTruthy();
      expect(
        Object.keys(responses).some((status) => /^[23]/.test(status)),
        path,
      ).toBe(true);
      expect(responses, path).toHaveProperty('default');
    }
  });
});

describe('a refusal', () => {
  it('is a problem with code, hint and request id, in the language asked for', async () => {
    const english = await server.get('/v1/devices', '');
    expect(english.status).toBe(401);
    expect(english.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(english.headers.get('www-authenticate')).toBe('Bearer');
    expect(english.body).toMatchObject({
      type: '/problems/organisation-token-required',
      title: 'expected an API token or a session, got none',
      code: 'ORGANISATION_TOKEN_REQUIRED',
      instance: english.headers.get('x-request-id'),
    });
    const chinese = await server.get('/v1/devices', '', { 'accept-language': 'zh-Hans-CN, en;q=0.5' });
    expect(chinese.body.title).toBe('需要 API 令牌或会话，但未提供');
    expect(chinese.headers.get('content-language')).toBe('zh-CN');
  });

  it('covers unknown addresses, broken JSON, other media types and bodies off schema', async () => {
    expect((await server.get('/nowhere')).body.code).toBe('SERVER_ROUTE_UNKNOWN');
    const post = (body: string, type: string) =>
      ask(`${server.url}/v1/enrol`, { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('{', 'application/json')).body.code).toBe('SERVER_BODY_UNREADABLE');
    expect((await post('x', 'text/csv')).body.code).toBe('SERVER_MEDIA_TYPE_UNSUPPORTED');
    const offSchema = await post('{"message": 7}', 'application/json');
    expect(offSchema).toMatchObject({ status: 400, body: { code: 'SERVER_REQUEST_INVALID' } });
    expect(offSchema.body.place.pointer).toBe('/message');
    const page = await server.get('/v1/devices?limit=0');
    expect(page.body.code).toBe('SERVER_REQUEST_INVALID');
  });

  it('covers the one character that no database text holds, wherever it stands', async () => {
    const refused = { status: 400, body: { code: 'SERVER_REQUEST_INVALID' } };
    expect(await server.get('/v1/tokens?after=%00')).toMatchObject(refused);
    const signIn = { login: 'some\0body', password: 'x' };
    expect(await server.post('/v1/sign-in/password', signIn, '')).toMatchObject(refused);
  });
});

describe('every answer', () => {
  it('carries the headers that keep browsers out of trouble', async () => {
    for (const path of ['/healthz', '/v1/devices', '/nowhere']) {
      const { headers } = await server.get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('health and metrics', () => {
  it('tell whether the server lives and can serve', async () => {
    expect(await server.get('/healthz', '')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await server.get('/readyz', '')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('count requests by route, never by what was asked for', async () => {
    await server.get(`/v1/devices/${'x'.repeat(43)}`);
    const { body } = await server.get('/metrics', '');
    expect(body).toContain('route="/v1/devices/:id"');
    expect(body).not.toContain('x'.repeat(43));
  });
});

describe('the operator token', () => {
  it("is left in the home for its owner's eyes only", async () => {
    const file = join(server.home, 'run', 'operator-token');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).trim()).toMatch(/^imp_[0-9A-Z]{26}_[\w-]{43}$/);
  });
});

describe('slow and broken callers', () => {
  it('do not keep others waiting', async () => {
    const { hostname, port } = new URL(server.url);
    const slow = rawRequest({ hostname, port, path: '/v1/enrol', method: 'POST' });
    slow.on('error', () => undefined);
    slow.setHeader('content-type', 'application/json');
    slow.setHeader('content-length', '1000');
    slow.write('{');
    expect((await server.get('/healthz')).status).toBe(200);
    slow.destroy();
  });
});
