import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A key and a self-signed certificate that may sign code, as PEM files. */
export interface CodeSigner {
  readonly certificates: string;
  readonly key: string;
}

/** Makes a code signer in a folder. */
export function makeCodeSigner(folder: string): CodeSigner {
  const signer = { certificates: join(folder, 'signer.pem'), key: join(folder, 'signer.key') };
  const request = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Imprint test',
  ];
  const usage = ['-addext', 'extendedKeyUsage=codeSigning'];
  const files = ['-keyout', signer.key, '-out', signer.certificates];
  execFileSync('openssl', [...request, ...usage, ...files], { stdio: 'ignore' });
  return signer;
}
