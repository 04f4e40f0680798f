import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signer } from '@imprint/trust';
import type { Clock } from '../../src/platform/clock.ts';
import { openLog } from '../../src/platform/log.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { startServer } from '../../src/server/index.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely, and expectations check the shape
  readonly body: any;
}

/** A clock tests can move. */
export interface TestClock extends Clock {
  advance(seconds: number): void;
}

export function testClock(start = new Date()): TestClock {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    advance: (seconds) => {
      at += seconds * 1000;
    },
  };
}

/** The server over real HTTP, on a database and a home of its own. */
export interface TestServer {
  readonly url: string;
  readonly home: string;
  readonly clock: TestClock;
  readonly database: TestDatabase;
  readonly operatorToken: string;
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function testServer(
  environment: Record<string, string> = {},
  options: {
    start?: Date;
    openOnlineKey?: () => Promise<readonly Signer[]>;
    openLicenceKey?: () => Promise<readonly Signer[] | undefined>;
    freshnessMs?: number;
    rolloutMs?: number;
    postureMs?: number;
  } = {},
): Promise<TestServer> {
  const database = await testDatabase();
  const home = await mkdtemp(join(tmpdir(), 'imprint-server-'));
  const clock = testClock(options.start);
  const { start: _start, ...rest } = options;
  const settings = readSettings({ ...database.environment, ...environment });
  const server = await startServer({ home, port: 0, settings, clock, log: openLog('silent'), ...rest });
  const operatorToken = (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim();
  return {
    url: server.url,
    home,
    clock,
    database,
    operatorToken,
    get: (path, token = operatorToken, headers = {}) =>
      ask(server.url + path, { headers: { ...bearer(token), ...headers } }),
    post: (path, body, token = operatorToken) => ask(server.url + path, jsonPost(body, token)),
    close: async () => {
      await server.stop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const bearer = (token: string): Record<string, string> =>
  token === '' ? {} : { authorization: `Bearer ${token}` };

export function jsonPost(body: unknown, token = ''): RequestInit {
  if (body === undefined) return { method: 'POST', headers: bearer(token) };
  const headers = { 'content-type': 'application/json', ...bearer(token) };
  return { method: 'POST', headers, body: JSON.stringify(body) };
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && init.method !== 'HEAD' ? JSON.parse(text) : text,
  };
}
