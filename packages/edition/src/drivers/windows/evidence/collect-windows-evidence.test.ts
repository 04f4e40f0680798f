import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { isImprintError, type WimIntegrityManifest } from '@imprint/protocol';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeAnyManifest, decodeManifest } from '../../../evidence/integrity/manifest.ts';
import { spdxRequired } from '../../../evidence/spdx-required.ts';
import { silentReporter } from '../../../progress.ts';
import { type CatalogMember, writeCatalog } from '../formats/catalog/catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { verifyWimBuild } from '../integrity/verify-wim.ts';
import { signFile } from '../tools/osslsigncode.ts';
import {
  type CollectedWindowsEvidence,
  collectWindowsEvidence,
  type WindowsEvidenceInput,
} from './collect-windows-evidence.ts';
import { type EvidenceFixture, makeEvidenceFixture } from './fixture.ts';
import { flipByte, tamperMounted } from './tamper.ts';

const artifact = {
  kind: 'wim' as const,
  name: 'gov-windows.wim',
  digests: { sha256: 'a'.repeat(64) },
  sizeBytes: 1,
};

let fixture: EvidenceFixture;
let pressed = '';
let evidence: CollectedWindowsEvidence;
const texts = new Map<string, string>();

function collect(name: string, more: Partial<WindowsEvidenceInput> = {}): Promise<CollectedWindowsEvidence> {
  const { lock, plan, base, hives, added, store, directory } = fixture;
  return collectWindowsEvidence({
    ...{ lock, plan, base, hives, added, store, lockSha256: plan.lockSha256 },
    ...{ planSha256: 'b'.repeat(64), profile: 'release', method: 'in-place' },
    pressed: { file: pressed, index: 1, parts: [] },
    tools: { wimlib: '1.13.5', hivex: '1.3.23' },
    artifacts: [artifact],
    cacheDir: join(directory, 'cache'),
    outDir: join(directory, name),
    reporter: silentReporter,
    ...more,
  });
}

const document = (name: string) => JSON.parse(texts.get(name) ?? '');
const bytesIn = (name: string, file: string) => readFile(join(fixture.directory, name, file));

beforeAll(async () => {
  fixture = await makeEvidenceFixture();
  pressed = await fixture.press('pressed');
  evidence = await collect('out');
  for (const { name } of evidence.files)
    texts.set(name, await readFile(join(fixture.directory, 'out', name), 'utf8'));
});
afterAll(() => fixture.close());

test('every document is written once and recorded by its digests', async () => {
  expect(evidence.files.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'integrity integrity.json.gz',
    'core-integrity-statement core-integrity.intoto.json',
    'sbom-cyclonedx sbom.cdx.json',
    'sbom-spdx sbom.spdx.json',
    'provenance provenance.intoto.json',
    'colophon colophon.html',
    'first-boot-plan first-boot-plan.json',
    'registry-changes registry-changes.json',
  ]);
  expect((await readdir(join(fixture.directory, 'out'))).toSorted()).toEqual([...texts.keys()].sort());
});

test('every document has the same bytes a second time, from a cold cache too', async () => {
  const again = await collect('again', { cacheDir: join(fixture.directory, 'cold') });
  expect(again.files).toEqual(evidence.files);
});

test('the integrity manifest is one of a WIM, and the image still is what it says', async () => {
  const packed = await bytesIn('out', 'integrity.json.gz');
  const manifest = decodeAnyManifest(packed) as WimIntegrityManifest;
  expect(manifest.schema).toBe('imprint/integrity-wim/v1');
  expect(manifest.counts).toEqual(evidence.counts);
  expect(manifest.mutableCoreSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(() => decodeManifest(packed)).toThrowError(/another schema/);
  expect(await verifyWimBuild({ image: { file: pressed, index: 1, parts: [] }, manifest })).toEqual([]);
});

test('the statement names the core by the image, what was agreed, and what is only declared', () => {
  const { subject, predicate } = document('core-integrity.intoto.json');
  expect(subject).toEqual([{ name: 'gov-windows.wim', digest: { sha256: 'a'.repeat(64) } }]);
  expect(predicate).toMatchObject({
    core: {
      uri: 'urn:imprint:core:windows:Enterprise:19045',
      digest: { sha256: fixture.lock.image.parts[0]?.sha256 },
    },
    policy: { vendor: 'Fixture Windows' },
    method: { hives: 'in-place', content: 'decompressed' },
    tools: { wimlib: '1.13.5', hivex: '1.3.23' },
    warnings: [{ id: 'wimlib-before-1.14.5' }],
    findings: { replacedUnderPolicy: { total: 2 }, lost: { total: 0 }, violations: [] },
    signatures: { state: 'unknown' },
    firstBoot: { state: 'declared', steps: 1 },
    result: 'passed',
  });
});

test('a newer wimlib carries no warning', async () => {
  await collect('newer', { tools: { wimlib: '1.14.5' } });
  const text = (await bytesIn('newer', 'core-integrity.intoto.json')).toString('utf8');
  expect(JSON.parse(text).predicate.warnings).toEqual([]);
});

test('what replacing hives dropped stands in statement and page', async () => {
  const file = await fixture.press('replaced', 'replaced');
  await collect('replaced', { method: 'replaced', pressed: { file, index: 1, parts: [] } });
  const statement = JSON.parse((await bytesIn('replaced', 'core-integrity.intoto.json')).toString('utf8'));
  expect(statement.predicate.findings.lost.items[1]).toEqual({
    path: '/Windows/System32/config/SOFTWARE',
    step: 'policy',
    facets: ['security-descriptor', 'attributes', 'times'],
  });
  expect((await bytesIn('replaced', 'colophon.html')).toString('utf8')).toContain('owner and access list');
});

test("the vendor's signatures are surveyed where its authority is given", async () => {
  const vendorRoots = fixture.windows.rootCertificate;
  await collect('survey', { vendorRoots, vendorSample: 3, profile: 'preview' });
  const { predicate } = JSON.parse((await bytesIn('survey', 'core-integrity.intoto.json')).toString('utf8'));
  expect(predicate.signatures).toMatchObject({ state: 'surveyed', checked: 3, mismatched: [] });
  expect(predicate.method.content).toBe('stored-bytes');
});

test('registry changes name the value before and after, the step and the policy', () => {
  const { changes } = document('registry-changes.json');
  expect(changes).toContainEqual({
    hive: 'software',
    key: 'Policies\\Microsoft\\Windows\\DataCollection',
    kind: 'set',
    name: 'AllowTelemetry',
    after: { type: 'dword', value: 0 },
    step: 'policy',
    policy: 'telemetry',
  });
  expect(changes).toContainEqual({
    hive: 'default-user',
    key: 'Software\\Microsoft\\Windows\\CurrentVersion\\Run',
    kind: 'removed-value',
    name: 'OneDriveSetup',
    before: { type: 'sz', value: 'C:\\Windows\\System32\\OneDriveSetup.exe /thfirstsetup' },
    step: 'policy',
  });
});

describe('bills of materials', () => {
  test('CycloneDX is valid by the official schema of 1.6', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(texts.get('sbom.cdx.json') ?? '')).toBeNull();
  });

  test('CycloneDX has the image as one component, and who supplied what', () => {
    const { components } = document('sbom.cdx.json');
    expect(components[0]).toMatchObject({
      ...{ type: 'operating-system', name: 'Windows 10 Enterprise', version: '10.0.19045.4291' },
      hashes: [{ alg: 'SHA-256', content: fixture.lock.image.parts[0]?.sha256 }],
    });
    expect(components[1]).toMatchObject({
      ...{ name: 'guard', supplier: { name: 'Test & Co' } },
      properties: expect.arrayContaining([{ name: 'imprint:authenticode', value: 'unsigned' }]),
    });
    expect(components[2]).toMatchObject({ type: 'data', name: 'root.pem' });
  });

  test('SPDX has what SPDX 2.3 requires', () => {
    const validate = new Ajv({ allErrors: true }).compile(spdxRequired);
    validate(document('sbom.spdx.json'));
    expect(validate.errors).toBeNull();
  });
});

test('provenance resolves the image and every input by digest and states no time', () => {
  const { predicate } = document('provenance.intoto.json');
  const { resolvedDependencies } = predicate.buildDefinition;
  expect(resolvedDependencies.map(({ name }: { name: string }) => name)).toEqual([
    'image:install.wim',
    'component:guard',
    'mutable-core:vendor.json',
    'trust-root:root.pem',
  ]);
  expect(texts.get('provenance.intoto.json')).not.toMatch(/\d{4}-\d{2}-\d{2}T/);
});

describe('the colophon', () => {
  test('reads as it did', async () => {
    const text = (texts.get('colophon.html') ?? '').replace(/\b[0-9a-f]{64}\b/g, 'digest');
    await expect(text).toMatchFileSnapshot('__golden__/colophon.html');
  });

  test('calls first-boot steps declared, what nobody looked at unknown, and nothing in it can act', () => {
    const html = texts.get('colophon.html') ?? '';
    expect(html).toMatch(/remove the weather application.*\n?.*已声明/);
    expect(html).toContain("unknown: the vendor's authorities were not given");
    expect(html).toContain('Government &#60;Windows&#62;');
    expect(html).toContain('Test &#38; Co');
    expect(html).not.toMatch(/<script|<link|<img|javascript:|url\(/i);
  });
});

describe('a violation', () => {
  test('is thrown with every path as a detail, and nothing is written', async () => {
    const file = await tamperMounted(pressed, join(fixture.directory, 'bad.wim'), async (root) => {
      await flipByte(join(root, 'Windows/explorer.exe'));
      await flipByte(join(root, 'Program Files/Imprint/policy.json'));
    });
    const failed = collect('bad', { pressed: { file, index: 1, parts: [] } });
    await expect(failed).rejects.toSatisfy((error) => {
      if (!isImprintError(error, 'WINDOWS_CORE_MODIFIED')) return false;
      expect(error.details.map(({ code, params }) => [code, params.path, params.facets])).toEqual([
        ['WINDOWS_CORE_PATH', '/Program Files/Imprint/policy.json', 'content'],
        ['WINDOWS_CORE_PATH', '/Windows/explorer.exe', 'content'],
      ]);
      return true;
    });
    await expect(readdir(join(fixture.directory, 'bad'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('without any agreement names each hive', async () => {
    const inputs = fixture.lock.inputs.filter(({ role }) => role !== 'mutable-core');
    await expect(collect('none', { lock: { ...fixture.lock, inputs } })).rejects.toMatchObject({
      code: 'WINDOWS_CORE_MODIFIED',
      params: { count: 2 },
    });
  });
});

describe('the catalog of added files', () => {
  async function members(paths: readonly string[]): Promise<CatalogMember[]> {
    const program = '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/winver.exe';
    return await Promise.all(
      fixture.added
        .filter(({ path }) => paths.includes(path))
        .map(async ({ path, sha256 }): Promise<CatalogMember> => {
          if (!path.endsWith('.exe')) return { kind: 'flat', digest: sha256 };
          return { kind: 'pe', digest: (await authenticodeDigest(program)).digest };
        }),
    );
  }
  async function catalogOf(paths: readonly string[]): Promise<Uint8Array> {
    const listIdentifier = 'c'.repeat(32);
    return writeCatalog({ members: await members(paths), listIdentifier, epochSeconds: 1_575_710_092 });
  }
  const all = () => fixture.added.map(({ path }) => path);

  test('is kept as evidence when it lists each of them', async () => {
    const bytes = await catalogOf(all());
    const { files } = await collect('catalog', { catalog: { bytes, signed: false } });
    expect(files.at(-1)).toMatchObject({ kind: 'catalog', name: 'added-files.cat', sizeBytes: bytes.length });
    expect((await bytesIn('catalog', 'colophon.html')).toString('utf8')).toContain(
      'not signed, and not placed',
    );
  });

  test('is refused when it leaves one out', async () => {
    const bytes = await catalogOf(all().slice(1));
    await expect(collect('short', { catalog: { bytes, signed: false } })).rejects.toMatchObject({
      code: 'WINDOWS_CORE_MODIFIED',
      params: { count: 1, path: all()[0] },
    });
  });

  test("has its signature verified under the lock's signer", async () => {
    const { store, windows, directory, lock } = fixture;
    const file = join(directory, 'unsigned.cat');
    const to = join(directory, 'signed.cat');
    await writeFile(file, await catalogOf(all()));
    const { signerCertificate: certificate, signerKey: key, epochSeconds } = windows;
    await signFile({ file, to, certificate, key, epochSeconds });
    const chain = `${windows.vendor.signerCertificate}${windows.vendor.rootCertificate}`;
    const signer = {
      role: 'catalog-signer' as const,
      name: 'signer.pem',
      ...(await store.putBytes(Buffer.from(chain))),
    };
    const signedLock = { ...lock, inputs: [...lock.inputs, signer] };
    const catalog = { bytes: await readFile(to), signed: true };
    await collect('signed', { catalog, lock: signedLock });
    expect((await bytesIn('signed', 'colophon.html')).toString('utf8')).toContain('verified by osslsigncode');
  });
});
