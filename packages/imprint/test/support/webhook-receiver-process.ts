import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// A receiver of webhooks in a process of its own: tells on standard output its address, then each request it had. The path says
// how it answers: /ok takes all, /fail-first the second time on, /redirect sends on, /drop cuts the connection.
let failures = 0;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    const { url = '', headers } = request;
    process.stdout.write(`${JSON.stringify({ path: url, headers, body })}\n`);
    if (url === '/drop') {
      request.socket.destroy();
      return;
    }
    if (url === '/fail-first') failures += 1;
    if (url === '/redirect') response.setHeader('location', '/ok');
    response.statusCode = url === '/redirect' ? 302 : url === '/fail-first' && failures === 1 ? 500 : 204;
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
