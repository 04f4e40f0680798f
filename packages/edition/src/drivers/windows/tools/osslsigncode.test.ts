import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../tools/run-tool.ts';
import { writeCatalog } from '../formats/catalog/catalog.ts';
import { readCatalogMembers } from '../formats/catalog/read-catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { fixtureVendor } from '../testing/fixture-certificates.ts';
import { writeVendorFiles } from '../testing/fixture-programs.ts';
import { signFile, verifySignature } from './osslsigncode.ts';

const wine = '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows';
const epochSeconds = 1_700_000_000;
const vendor = fixtureVendor();
let directory: string;
let files: Awaited<ReturnType<typeof writeVendorFiles>>;
let roots: string;
let otherRoots: string;
let signed: string;
let catalog: string;
let flat: string;

const at = (name: string) => join(directory, name);

async function flipped(file: string, offset: number): Promise<string> {
  const to = `${file}.flipped`;
  await copyFile(file, to);
  const handle = await open(to, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  await handle.write(Buffer.from([byte.readUInt8(0) ^ 1]), 0, 1, offset);
  await handle.close();
  return to;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'osslsigncode-'));
  files = await writeVendorFiles(directory, vendor);
  roots = files.root;
  otherRoots = at('other-root.pem');
  await writeFile(otherRoots, fixtureVendor('Another').rootCertificate);
  signed = at('signed.exe');
  await signFile({ file: join(wine, 'xcopy.exe'), to: signed, ...files, epochSeconds });
  flat = at('flat.cmd');
  await writeFile(flat, '@echo off\r\n');
  const members = [
    { kind: 'pe', digest: (await authenticodeDigest(join(wine, 'cmd.exe'))).digest },
    { kind: 'flat', digest: createHash('sha256').update('@echo off\r\n').digest('hex') },
  ] as const;
  await writeFile(
    at('unsigned.cat'),
    writeCatalog({ members, listIdentifier: '00'.repeat(16), epochSeconds }),
  );
  catalog = at('signed.cat');
  await signFile({ file: at('unsigned.cat'), to: catalog, ...files, epochSeconds });
});

afterAll(() => rm(directory, { recursive: true }));

test('a signed program is the signer named', async () => {
  expect(await verifySignature({ file: signed, roots })).toEqual({
    state: 'verified',
    digestAlgorithm: 'SHA256',
    signerSubject: `C=CN, CN=${vendor.signerSubject}`,
    signerThumbprint: vendor.signerThumbprint,
  });
});

test('signing again at the same time gives the same bytes', async () => {
  await signFile({ file: join(wine, 'xcopy.exe'), to: at('again.exe'), ...files, epochSeconds });
  expect((await readFile(at('again.exe'))).equals(await readFile(signed))).toBe(true);
});

test('one flipped byte is a mismatch', async () => {
  expect(await verifySignature({ file: await flipped(signed, 9000), roots })).toMatchObject({
    state: 'mismatch',
  });
});

test('a signature under an unknown root is untrusted and still named', async () => {
  expect(await verifySignature({ file: signed, roots: otherRoots })).toMatchObject({
    state: 'untrusted',
    signerThumbprint: vendor.signerThumbprint,
  });
});

test('a program without a signature, and a text, are unsigned', async () => {
  expect(await verifySignature({ file: join(wine, 'cmd.exe'), roots })).toMatchObject({ state: 'unsigned' });
  expect(await verifySignature({ file: flat, roots })).toMatchObject({
    state: 'unsigned',
    signerSubject: undefined,
  });
});

test('a catalog vouches for its program and its text, and for no other', async () => {
  const of = (file: string) => verifySignature({ file, roots, catalog });
  expect(await of(join(wine, 'cmd.exe'))).toMatchObject({
    state: 'verified',
    signerThumbprint: vendor.signerThumbprint,
  });
  expect(await of(flat)).toMatchObject({ state: 'verified', signerThumbprint: vendor.signerThumbprint });
  expect(await of(join(wine, 'notepad.exe'))).toMatchObject({ state: 'mismatch' });
  expect(await of(await flipped(flat, 2))).toMatchObject({ state: 'mismatch' });
  expect(await verifySignature({ file: flat, roots: otherRoots, catalog })).toMatchObject({
    state: 'untrusted',
  });
});

test('a changed catalog vouches for nothing', async () => {
  const bytes = await readFile(catalog);
  const digest = (await authenticodeDigest(join(wine, 'cmd.exe'))).digest;
  const changed = await flipped(catalog, bytes.indexOf(Buffer.from(digest, 'hex')));
  const of = (file: string) => verifySignature({ file, roots, catalog: changed });
  expect((await of(flat)).state).toBe('mismatch');
  expect((await of(join(wine, 'cmd.exe'))).state).not.toBe('verified');
});

test('a catalog reads back as it was written, signed or not, also a large one', async () => {
  const members = Array.from({ length: 700 }, (_, i) => ({
    kind: i % 2 ? ('pe' as const) : ('flat' as const),
    digest: createHash('sha256').update(String(i)).digest('hex'),
  }));
  const bytes = writeCatalog({ members, listIdentifier: '11'.repeat(16), epochSeconds });
  expect(bytes.length).toBeGreaterThan(65_536);
  const sorted = [...members].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  expect(readCatalogMembers(bytes)).toEqual(sorted);
  await writeFile(at('large.cat'), bytes);
  await signFile({ file: at('large.cat'), to: at('large-signed.cat'), ...files, epochSeconds });
  expect(readCatalogMembers(await readFile(at('large-signed.cat')))).toEqual(sorted);
});

test.each(['ntdll.dll', 'notepad.exe', 'ndis.sys'])(
  'the digest of %s is what osslsigncode signs, before and after',
  async (name) => {
    const to = at(`signed-${name}`);
    await signFile({ file: join(wine, name), to, ...files, epochSeconds });
    const text = await runToolText(['osslsigncode', 'verify', '-CAfile', roots, to]);
    const theirs = /Calculated message digest : (\w+)/.exec(text)?.[1]?.toLowerCase();
    expect(await authenticodeDigest(join(wine, name))).toEqual({ digest: theirs, isSigned: false });
    expect(await authenticodeDigest(to)).toEqual({ digest: theirs, isSigned: true });
  },
);

test('what is no program has no such digest', async () => {
  await expect(authenticodeDigest(flat)).rejects.toMatchObject({ code: 'WINDOWS_SIGNATURE_NOT_PE' });
  await writeFile(at('short.exe'), `MZ${'\0'.repeat(62)}`);
  await expect(authenticodeDigest(at('short.exe'))).rejects.toMatchObject({
    code: 'WINDOWS_SIGNATURE_NOT_PE',
  });
});

test('a text cannot be signed in itself', async () => {
  await expect(
    signFile({ file: flat, to: at('flat-signed.cmd'), ...files, epochSeconds }),
  ).rejects.toMatchObject({ code: 'WINDOWS_SIGNATURE_FAILED', params: { file: flat } });
});
