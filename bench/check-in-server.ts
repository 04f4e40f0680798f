import { fastify } from 'fastify';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import { startServer } from '../packages/imprint/src/server/index.ts';

// One of the two servers that are compared, in a process of its own; its address is its first message.
const home = process.argv[2];
const url = home === undefined ? await bare() : await whole(home);
process.send?.({ url });

/** The same framework, the same body, 200 bytes in answer, and nothing between. */
async function bare(): Promise<string> {
  const app = fastify({ bodyLimit: 512 * 1024 });
  const answer = { filler: 'x'.repeat(200 - '{"filler":""}'.length) };
  const schema = {
    body: { type: 'object', properties: { message: { type: 'string', maxLength: 262_144 } } },
    response: { 200: { type: 'object', properties: { filler: { type: 'string' } } } },
  };
  app.post('/v1/check-in', { schema }, () => answer);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function whole(directory: string): Promise<string> {
  const server = await startServer({ home: directory, port: 0, log: openLog('silent') });
  process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
  return server.url;
}
