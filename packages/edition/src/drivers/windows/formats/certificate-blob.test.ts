import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTool, runToolText } from '../../../tools/run-tool.ts';
import { editHive } from '../tools/hivexregedit.ts';
import { certificateBlob, trustRootEdits } from './certificate-blob.ts';
import { minimalHive } from './regf/minimal-hive.ts';

let directory: string;
let pem: string;

async function makeCertificate(name: string, authority: boolean): Promise<string> {
  const [out, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  const constraint = `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`;
  const request = [
    'openssl',
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
  ];
  await runTool([...request, '-subj', `/CN=${name}`, '-addext', constraint, '-keyout', key, '-out', out]);
  return readFile(out, 'utf8');
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-certificate-'));
  pem = await makeCertificate('Root', true);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Reads the properties of a blob; whatever is left over fails. */
function propertiesOf(blob: Buffer): Map<number, Buffer> {
  const properties = new Map<number, Buffer>();
  for (let at = 0; at < blob.length; ) {
    const length = blob.readUInt32LE(at + 8);
    expect(blob.readUInt32LE(at + 4)).toBe(1);
    properties.set(blob.readUInt32LE(at), blob.subarray(at + 12, at + 12 + length));
    at += 12 + length;
    expect(at).toBeLessThanOrEqual(blob.length);
  }
  return properties;
}

async function opensslDigest(algorithm: string): Promise<string> {
  const input = new X509Certificate(pem).raw;
  return (await runToolText(['openssl', 'dgst', `-${algorithm}`, '-r'], { input })).slice(0, -8);
}

test('a blob holds the digests that OpenSSL computes and the certificate', async () => {
  const { thumbprint, blob } = certificateBlob(pem);
  const properties = propertiesOf(blob);
  expect([...properties.keys()]).toEqual([3, 4, 32]);
  expect(properties.get(3)?.toString('hex')).toBe(await opensslDigest('sha1'));
  expect(properties.get(4)?.toString('hex')).toBe(await opensslDigest('md5'));
  expect(properties.get(32)).toEqual(new X509Certificate(pem).raw);
  expect(thumbprint).toBe(properties.get(3)?.toString('hex').toUpperCase());
});

test('PEM and DER give the same blob', () => {
  expect(certificateBlob(new X509Certificate(pem).raw)).toEqual(certificateBlob(pem));
});

test('the edits put it into the root store of a SOFTWARE hive', async () => {
  const [base, out] = [join(directory, 'BASE'), join(directory, 'SOFTWARE')];
  await writeFile(base, minimalHive({ name: 'SOFTWARE' }));
  await editHive({ base, edits: trustRootEdits(pem), out });
  const { thumbprint, blob } = certificateBlob(pem);
  const key = `\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\${thumbprint}`;
  expect(await runToolText(['hivexregedit', '--export', out, key])).toContain(
    `"Blob"=hex(3):${blob.toString('hex').match(/../g)?.join(',')}\n`,
  );
});

test('what is not one certificate of an authority is refused', async () => {
  const refused = (got: string) =>
    expect.objectContaining({ code: 'WINDOWS_HIVE_CERTIFICATE_INVALID', params: { got } });
  const leaf = await makeCertificate('Leaf', false);
  expect(() => certificateBlob(leaf)).toThrow(refused('a certificate that is no authority'));
  expect(() => certificateBlob(`${pem}${pem}`)).toThrow(refused('2 certificates'));
  expect(() => certificateBlob('no certificate')).toThrow(refused('something else'));
});
