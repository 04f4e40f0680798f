import { Agent, type ClientRequest, request } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The problem's code, where there is one. */
  readonly code?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One pool of kept-alive connections to a server. */
export interface Client {
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  /** Sends, and hangs up once everything is sent: the answer is lost. */
  postAndHangUp(path: string, body: unknown): Promise<void>;
  close(): void;
}

const largestAnswer = 1024 * 1024;

export function openClient(url: string, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const begin = (path: string, body: unknown, token?: string): ClientRequest => {
    const text = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const begun = request(new URL(path, url), { method: 'POST', agent, headers });
    begun.end(text);
    return begun;
  };
  return {
    post: (path, body, token) => answered(begin(path, body, token)),
    postAndHangUp: (path, body) =>
      new Promise((resolve) => {
        const begun = begin(path, body);
        begun.on('finish', () => setImmediate(() => begun.destroy()));
        begun.on('error', () => undefined);
        begun.on('close', resolve);
      }),
    close: () => agent.destroy(),
  };
}

function answered(begun: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    begun.on('error', reject);
    begun.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > largestAnswer) begun.destroy(new RangeError('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response.statusCode ?? 0, text)));
    });
  });
}

function answerOf(status: number, text: string): Answer {
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Whatever stands between may answer in something else; the status says enough.
  }
  return { status, body, ...(typeof body.code === 'string' ? { code: body.code } : {}) };
}
