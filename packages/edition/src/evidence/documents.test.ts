import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDeb, closeTemplate, type Fixture, makeFixture, put } from './fixture.ts';
import { spdxRequired } from './spdx-required.ts';

const names = [
  'sbom.cdx.json',
  'sbom.spdx.json',
  'provenance.intoto.json',
  'core-integrity.intoto.json',
  'colophon.html',
] as const;
let fixture: Fixture;
const texts = new Map<string, string>();
const document = (name: (typeof names)[number]) => JSON.parse(texts.get(name) ?? '');

async function addComponent() {
  const deb = buildDeb(fixture.directory, 'agent', '1.0', (root) => {
    put(
      root,
      'DEBIAN/control',
      'Package: agent\nVersion: 1.0\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: an agent\n',
    );
    put(root, 'usr/bin/agent', 'the agent\n', 0o755);
  });
  // The archive holds the times and the compressor's version; its digest would not stay the same in a golden.
  const blob = await fixture.store.putFile(deb);
  const manifest = {
    ...fixture.lock.manifest,
    components: [
      {
        role: 'agent' as const,
        name: 'agent',
        supplier: 'Test & Co',
        origin: 'local' as const,
        file: 'agent.deb',
      },
    ],
  };
  return { manifest, inputs: [{ role: 'component' as const, name: 'agent', ...blob }] };
}

beforeAll(async () => {
  fixture = await makeFixture();
  put(fixture.overlay, 'etc/tools.conf', 'colour = yes\n');
  put(fixture.overlay, 'etc/edition.conf', 'ours\n');
  const policy = {
    ...{ id: 'screenLock', intended: '10m', source: 'manifest#/policy/screenLock' },
    title: { en: 'Screen lock', 'zh-CN': '屏幕锁定' },
    observe: [{ kind: 'absent', path: '/etc/x' }],
  };
  put(fixture.overlay, 'usr/lib/imprint/policy.json', JSON.stringify([policy]));
  await fixture.collect({
    lock: await addComponent(),
    mutable: [{ path: '/etc/tools.conf', reason: "colours are the operator's choice" }],
  });
  for (const name of names) texts.set(name, await readFile(join(fixture.directory, 'out', name), 'utf8'));
});
afterAll(async () => {
  fixture.close();
  await closeTemplate();
});

describe('the CycloneDX bill of materials', () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

  test('is valid by the official schema of 1.6', async () => {
    expect(await validator.validate(texts.get('sbom.cdx.json') ?? '')).toBeNull();
  });

  test('would not be valid with a component of an unknown type', async () => {
    const broken = (texts.get('sbom.cdx.json') ?? '').replace('"type": "library"', '"type": "libary"');
    expect(await validator.validate(broken)).not.toBeNull();
  });

  test('names every package by digest, package URL, supplier and licence', () => {
    const { components, serialNumber } = document('sbom.cdx.json');
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    const [shell, tools] = fixture.lock.base;
    expect(components[0]).toMatchObject({ name: 'shell', hashes: [{ content: shell?.sha256 }] });
    expect(components[0]).not.toHaveProperty('licenses');
    expect(components[1]).toMatchObject({
      purl: 'pkg:deb/debian/tools@1:2.0-1?arch=amd64&distro=trixie',
      supplier: { name: 'Debian Project' },
      hashes: [{ alg: 'SHA-256', content: tools?.sha256 }],
      licenses: [{ license: { id: 'GPL-2.0-or-later', acknowledgement: 'declared' } }],
    });
    expect(components[2]).toMatchObject({
      name: 'agent',
      supplier: { name: 'Test & Co' },
      type: 'application',
    });
  });
});

describe('the SPDX export', () => {
  const validate = new Ajv({ allErrors: true }).compile(spdxRequired);

  test('has what SPDX 2.3 requires', () => {
    validate(document('sbom.spdx.json'));
    expect(validate.errors).toBeNull();
  });

  test('would not pass without a download location', () => {
    const broken = document('sbom.spdx.json');
    delete broken.packages[1].downloadLocation;
    expect(validate(broken)).toBe(false);
  });

  test('declares a licence only where it is certain', () => {
    const declared = document('sbom.spdx.json').packages.map(
      ({ name, licenseDeclared }: { name: string; licenseDeclared: string }) => `${name} ${licenseDeclared}`,
    );
    expect(declared).toEqual([
      'gov-test NOASSERTION',
      'shell NOASSERTION',
      'tools GPL-2.0-or-later',
      'agent NOASSERTION',
    ]);
  });
});

describe('the statements', () => {
  test('are about the artifacts, by digest', () => {
    for (const name of ['provenance.intoto.json', 'core-integrity.intoto.json'] as const) {
      const { _type, subject } = document(name);
      expect(_type).toBe('https://in-toto.io/Statement/v1');
      expect(subject).toEqual([
        { name: 'gov-test.tar.zst', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      ]);
    }
  });

  test('provenance resolves every package and input by digest and states no time', () => {
    const { predicateType, predicate } = document('provenance.intoto.json');
    expect(predicateType).toBe('https://slsa.dev/provenance/v1');
    const { resolvedDependencies } = predicate.buildDefinition;
    expect(resolvedDependencies.map(({ name }: { name: string }) => name)).toEqual([
      'InRelease:base',
      'shell',
      'tools',
      'component:agent',
      'mutable-core:vendor-policy.json',
    ]);
    for (const { digest } of resolvedDependencies) expect(digest.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(texts.get('provenance.intoto.json')).not.toMatch(/\d{4}-\d{2}-\d{2}T/);
  });

  test('core integrity counts and names what differs', () => {
    const { predicate } = document('core-integrity.intoto.json');
    expect(predicate).toMatchObject({
      result: 'passed',
      policy: { vendor: 'Debian' },
      findings: { violations: [], replacedUnderPolicy: { total: 1 } },
      counts: { modified: 1, violations: 0 },
    });
    expect(predicate.findings.changedByMaintainerScripts.items).toContainEqual({
      path: '/usr/bin/ping',
      origin: 'tools_1:2.0-1',
      facets: ['xattrs'],
    });
  });
});

/** Digests of archives made here differ with the packer's version; all else stays. */
function withoutDigests(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b/g, 'digest');
}

test('the colophon reads as it did', async () => {
  await expect(withoutDigests(texts.get('colophon.html') ?? '')).toMatchFileSnapshot(
    '__golden__/colophon.html',
  );
});

test('the colophon says unknown where nothing is known, and nothing in it can act', () => {
  const html = texts.get('colophon.html') ?? '';
  expect(html).toContain('unknown: no feed imported');
  expect(html).toContain('Test &#60;Edition&#62;');
  expect(html).toContain('Test &#38; Co');
  expect(html).not.toMatch(/<script|<link|<img|javascript:|url\(/i);
});
