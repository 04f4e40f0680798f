import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageTypes } from '@imprint/protocol';
import { jwkOf, jwkThumbprint, type PublicKey, publicKeyOfJwk, verifyJws } from '@imprint/trust';
import type { LeaseDesk } from './lease-desk.ts';
import type { Tree } from './repository.ts';

/** What a message route answers. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Override = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server on loopback that a test can make honest or hostile. */
export interface TestServer {
  readonly url: string;
  tree: Tree;
  /** Path → what happens instead of an honest answer. */
  readonly overrides: Map<string, Override>;
  /** Verified payloads in the order they came. */
  readonly enrolments: Record<string, unknown>[];
  /** The ids of the devices that sent them. */
  readonly enrolledIds: string[];
  readonly checkIns: Record<string, unknown>[];
  /** Answers in place of the honest ones, first first. */
  readonly replies: Reply[];
  readonly requests: string[];
  /** Bytes of published content that were sent. */
  contentBytes: number;
  /** Who answers requests for leases; nobody by default. */
  desk: LeaseDesk | undefined;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function answerJson(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with a published file, or with the part of it that was asked for. */
function serveBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array | undefined,
  count: (sent: number) => void,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (bytes === undefined || from === undefined || to === undefined) {
    response.writeHead(bytes === undefined ? 404 : 200);
    response.end(bytes);
    return;
  }
  const part = bytes.subarray(Number(from), Number(to) + 1);
  count(part.length);
  response.writeHead(206, {
    'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
    'content-length': part.length,
  });
  response.end(part);
}

/** Starts a server that holds a tree and takes messages, verifying each signature. */
export async function startServer(): Promise<TestServer> {
  const keys = new Map<string, PublicKey>();
  const take = async (path: string, message: string): Promise<Reply> => {
    if (path === '/v1/enrol') {
      const { payload, key } = await verifyJws(message, ({ jwk }) => publicKeyOfJwk(jwk), messageTypes.enrol);
      const deviceId = jwkThumbprint(jwkOf(key));
      keys.set(deviceId, key);
      server.enrolments.push(payload);
      server.enrolledIds.push(deviceId);
      return { status: 200, body: { deviceId, checkInSeconds: 600 } };
    }
    if (path === '/v1/leases') {
      const granted = await server.desk?.answer(message);
      if (granted === undefined) return { status: 404, body: { code: 'LICENSING_KEY_MISSING' } };
      return { status: 200, body: { valid: true, lease: granted.lease, activation: 'act-1' } };
    }
    const { payload } = await verifyJws(message, ({ kid }) => keys.get(kid ?? ''), messageTypes.checkIn);
    server.checkIns.push(payload);
    return { status: 200, body: { receivedAt: new Date().toISOString(), nextCheckInSeconds: 600 } };
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    server.requests.push(path);
    const override = server.overrides.get(path);
    if (override !== undefined) return override(request, response);
    if (request.method === 'POST') {
      const { message } = JSON.parse(await readBody(request)) as { message: string };
      const honest = await take(path, message);
      return answerJson(response, server.replies.shift() ?? honest);
    }
    serveBytes(request, response, server.tree.get(path.replace('/content/', '')), (sent) => {
      server.contentBytes += sent;
    });
  };
  const http: Server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      answerJson(response, { status: 500, body: String(error) }),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: TestServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    tree: new Map(),
    overrides: new Map(),
    enrolments: [],
    enrolledIds: [],
    checkIns: [],
    replies: [],
    requests: [],
    contentBytes: 0,
    desk: undefined,
    close: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  return server;
}
