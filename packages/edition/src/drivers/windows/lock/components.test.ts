import { copyFile, open, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from '../../../tools/run-tool.ts';
import { fixtureVendor } from '../testing/fixture-certificates.ts';
import { signFile } from '../tools/osslsigncode.ts';
import { type LockBench, openLockBench } from './lock-for-test.ts';
import { payloadKindOf } from './payload-kind.ts';

const wine = '/usr/lib/x86_64-linux-gnu/wine';
const program = `${wine}/x86_64-windows/xcopy.exe`;

let bench: LockBench;
const media = (name: string) => bench.at('media', name);

const installer = `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="Part" Language="1033" Version="1.0.0" Manufacturer="Local" UpgradeCode="3a1b9b4e-9d0f-4c7e-8a5c-0d7b1a6f2c11">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine" />
    <Media Id="1" Cabinet="part.cab" EmbedCab="yes" />
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="Part" Name="Part">
      <Component Id="File" Guid="4e1c7d0a-2a57-4f1b-9d3c-6f0f5f3d9b22"><File Id="Text" Source="part.txt" KeyPath="yes" /></Component>
    </Directory></Directory></Directory>
    <Feature Id="All" Level="1"><ComponentRef Id="File" /></Feature>
  </Product>
</Wix>
`;

async function makeInstaller(to: string): Promise<void> {
  await writeFile(bench.at('part.txt'), 'part');
  await writeFile(bench.at('part.wxs'), installer);
  await runTool(['wixl', '-o', to, 'part.wxs'], { cwd: bench.directory });
}

const signed = (to: string, file = program) =>
  signFile({
    file,
    to,
    certificate: bench.fixture.signerCertificate,
    key: bench.fixture.signerKey,
    epochSeconds: bench.fixture.epochSeconds,
  });

const component = (name: string, file: string, more = '') =>
  `{ role: other, name: ${name}, supplier: Local, origin: local, file: ${file}${more} }`;
const components = (...list: readonly string[]) => ({
  rest: `components:\n${list.map((one) => `  - ${one}\n`).join('')}`,
});

beforeAll(async () => {
  bench = await openLockBench();
}, 120_000);
afterEach(() => bench.clear());
afterAll(() => bench.close());

/** Changes one byte in place. */
async function flip(path: string, offset: number): Promise<void> {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  await handle.write(Buffer.from([byte.readUInt8(0) ^ 0xff]), 0, 1, offset);
  await handle.close();
}

describe('what is recorded of a signature', () => {
  test('verified by the publisher root, unverified without one, unsigned if there is none', async () => {
    await signed(media('signed.exe'));
    await copyFile(`${wine}/x86_64-windows/cmd.exe`, media('plain.exe'));
    await makeInstaller(bench.at('part.msi'));
    await copyFile(bench.at('part.msi'), media('plain.msi'));
    await signed(media('part.msi'), bench.at('part.msi'));
    await writeFile(media('notes.txt'), 'not signed, and nothing that could be');
    const lock = await bench.lock(
      components(
        component('unverified', 'part.msi', ', installer: { arguments: [/qn] }'),
        component('unsigned', 'plain.exe'),
        component('unsigned-too', 'plain.msi'),
        component('verified', 'signed.exe', ', publisherRoot: vendor-root.pem'),
        component('notes', 'notes.txt'),
      ),
    );
    const { signerThumbprint } = bench.fixture.vendor;
    expect(lock.signatures).toEqual([
      { component: 'unsigned', state: 'unsigned' },
      { component: 'unsigned-too', state: 'unsigned' },
      { component: 'unverified', state: 'unverified' },
      {
        component: 'verified',
        state: 'verified',
        signer: 'C=CN, CN=Fixture Windows Production',
        thumbprint: signerThumbprint,
      },
    ]);
    for (const { sha256 } of lock.inputs) expect(await bench.store.verify(sha256)).toBe(true);
  });

  test.each([
    ['of another authority', 'another.pem', 'UNTRUSTED'],
    ['that is not of these bytes', 'vendor-root.pem', 'MISMATCH'],
    ['that is not there', 'vendor-root.pem', 'NONE'],
  ])('a signature %s is refused where a publisher root asks for one', async (what, root, code) => {
    await writeFile(media('another.pem'), fixtureVendor('Another').rootCertificate);
    if (what === 'that is not there') await copyFile(program, media('part.exe'));
    else await signed(media('part.exe'));
    if (what === 'that is not of these bytes') await flip(media('part.exe'), 0x800);
    const refusal = await bench.refusal(
      components(component('part', 'part.exe', `, publisherRoot: ${root}`)),
    );
    expect(refusal).toMatchObject({
      code: 'LOCK_UNRESOLVED',
      details: [
        {
          code: `WINDOWS_LOCK_SIGNATURE_${code}`,
          params: { name: 'part', root },
          place: { line: 12, pointer: '/components/0/file' },
        },
      ],
    });
  });

  test('a signature that is not of these bytes is refused without a publisher root too', async () => {
    await signed(media('part.exe'));
    await flip(media('part.exe'), 0x800);
    const refusal = await bench.refusal(components(component('part', 'part.exe')));
    expect(refusal.details).toMatchObject([{ code: 'WINDOWS_LOCK_SIGNATURE_MISMATCH' }]);
  });
});

describe('what a file is by its content', () => {
  test('installers, programs, packages and the rest are told apart', async () => {
    await makeInstaller(media('part.msi'));
    await writeFile(media('text.exe'), 'MZ and then nothing that is a program, however long the text may be');
    await writeFile(media('package.cab'), 'MSCF\0\0\0\0');
    const kinds = {
      [media('part.msi')]: 'installer-package',
      [program]: 'program',
      [media('text.exe')]: 'other',
      [media('package.cab')]: 'cabinet',
      [bench.fixture.wim]: 'image',
    };
    for (const [path, kind] of Object.entries(kinds))
      expect([path, await payloadKindOf(path)]).toEqual([path, kind]);
  });

  test('a name that promises another content is refused, each at its own place', async () => {
    await makeInstaller(media('program.exe'));
    await copyFile(program, media('package.msi'));
    await writeFile(media('update.msu'), 'text');
    const refusal = await bench.refusal({
      windows: 'updates: [update.msu]',
      ...components(
        component('a', 'program.exe', ', installer: { arguments: [/S] }'),
        component('b', 'package.msi'),
        component('c', 'vendor-root.pem', ', installer: { arguments: [/S] }'),
      ),
    });
    expect(refusal.details).toMatchObject(
      [
        ['a', 'installer-package', '/components/0/file'],
        ['b', 'program', '/components/1/file'],
        ['c', 'other', '/components/2/file'],
        ['update.msu', 'other', '/base/windows/updates/0'],
      ].map(([name, got, pointer]) => ({
        code: 'WINDOWS_LOCK_PAYLOAD_KIND',
        params: { name, got },
        place: { pointer },
      })),
    );
  });

  test('what is wrong with the image and with a component is told at once', async () => {
    await writeFile(media('part.exe'), 'text');
    const refusal = await bench.refusal({ index: 9, ...components(component('part', 'part.exe')) });
    expect(refusal).toMatchObject({
      code: 'LOCK_UNRESOLVED',
      params: { count: 2 },
      details: [{ code: 'WINDOWS_WIM_INDEX' }, { code: 'WINDOWS_LOCK_PAYLOAD_KIND' }],
    });
  });

  test('what comes twice is refused, also under another name', async () => {
    await copyFile(program, media('one.exe'));
    await copyFile(program, media('two.exe'));
    await writeFile(media('one.cab'), 'MSCF one');
    await writeFile(media('two.cab'), 'MSCF two');
    const refusal = await bench.refusal({
      windows: 'languagePacks: [{ language: fr-FR, file: one.cab }, { language: fr-FR, file: two.cab }]',
      ...components(component('first', 'one.exe'), component('second', 'two.exe')),
    });
    expect(refusal.details).toMatchObject([
      {
        code: 'WINDOWS_LOCK_DUPLICATE',
        params: { role: 'component', name: 'second', other: 'first' },
        place: { pointer: '/components/1/file' },
      },
      { code: 'WINDOWS_LOCK_DUPLICATE', params: { role: 'language-pack', name: 'fr-FR' } },
    ]);
  });

  test('a language pack brings the language that the image lacks', async () => {
    await writeFile(media('fr.cab'), 'MSCF fr');
    const lock = await bench.lock({
      language: 'fr_FR',
      windows: 'languagePacks: [{ language: fr-FR, file: fr.cab }]',
    });
    expect(lock.inputs).toMatchObject([{ role: 'language-pack', name: 'fr.cab' }]);
  });
});
