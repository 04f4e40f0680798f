import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A proxy that ends TLS before a server, as an operator's does, with an authority of its own. */
export interface TlsProxy {
  readonly url: string;
  /** The authority's certificate, PEM. */
  readonly authority: string;
  close(): Promise<void>;
}

function certify(name: string): { authority: string; certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'imprint-tls-'));
  const file = (part: string) => join(folder, part);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    const authority = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', `/CN=${name}`];
    openssl(
      'req',
      '-x509',
      ...newKey,
      ...authority,
      '-days',
      '2',
      '-addext',
      'keyUsage=critical,keyCertSign',
    );
    openssl('req', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', '/CN=localhost');
    writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    const issuer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', file('csr'), ...issuer, '-extfile', file('names'), '-out', file('pem'));
    const read = (part: string) => readFileSync(file(part), 'utf8');
    return { authority: read('ca.pem'), certificate: read('pem'), key: read('key') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a TLS proxy on loopback before `target`. */
export async function startTlsProxy(target: string, name: string): Promise<TlsProxy> {
  const { authority, certificate, key } = certify(name);
  const proxy = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming;
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(proxy.address() as AddressInfo).port}`,
    authority,
    close: () => {
      proxy.closeAllConnections();
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
}
