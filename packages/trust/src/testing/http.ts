import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectBounded, type RepositoryFetch } from '../tuf/session.ts';

/** A loopback server over a map of files; `endless` names one whose body never ends. */
export interface LoopbackServer {
  readonly url: string;
  endless: string | undefined;
  /** Bytes of endless bodies written so far. */
  sentBytes(): number;
  close(): Promise<void>;
}

export async function serveFiles(files: ReadonlyMap<string, Uint8Array>): Promise<LoopbackServer> {
  let sent = 0;
  const state: { endless: string | undefined } = { endless: undefined };
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    if (path === state.endless) {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        if (!response.destroyed) response.once('drain', pour);
      };
      return pour();
    }
    const bytes = files.get(path);
    response.statusCode = bytes === undefined ? 404 : 200;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    sentBytes: () => sent,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** A fetch over real HTTP that never reads more than it was allowed. */
export function httpFetch(url: string): RepositoryFetch {
  return async (path, maxBytes) => {
    const response = await fetch(`${url}/${path}`);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    return collectBounded(response.body as unknown as AsyncIterable<Uint8Array>, maxBytes, path);
  };
}
