import type { Socket } from 'node:net';
import type { App } from '../platform/http/app.ts';

/**
 * Watches an application's connections; the answer stops it: requests under way may finish within the time given, then what
 * still hangs is cut. Connections that a browser opened in advance and never used are nobody's request.
 */
export function closerOf(app: App, seconds: number): () => Promise<void> {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  return async () => {
    const cut = setTimeout(() => app.server.closeAllConnections(), seconds * 1000);
    // A connection that answers its last request now would otherwise be kept alive.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
    for (const socket of unused) socket.destroy();
    try {
      await app.close();
    } finally {
      clearTimeout(cut);
      clearInterval(sweep);
    }
  };
}
