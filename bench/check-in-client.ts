import { Agent, request } from 'node:http';

/** One request and the status that says it was served. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly expected: number;
}

/** One pool of kept-alive connections; answers are read to their end and not looked at. */
export interface Client {
  send(request: Request): Promise<{ readonly status: number }>;
  close(): void;
}

export function openClient(url: string, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = ({ method, path, headers, body }: Request): Promise<{ status: number }> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const length =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const begun = request(new URL(path, url), { method, agent, headers: { ...headers, ...length } });
      begun.on('error', reject);
      begun.on('response', (response) => {
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
        response.resume();
      });
      begun.end(text);
    });
  return { send, close: () => agent.destroy() };
}
