import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { EditionLock, IntegrityManifest, LockedPackage } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDeb, put } from '../evidence/fixture.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { cvesBetween, diffEditions, type EditionState, renderDiffHtml, renderDiffText } from './index.ts';

const changelog = `tls (3.0-2) trixie-security; urgency=high

  * CVE-2026-10001: refuse the forged ticket
  * CVE-2026-9999, CVE-2025-0001 (again)

 -- T <t@example.org>  Thu, 01 Oct 2026 00:00:00 +0000

tls (3.0-1) trixie; urgency=medium

  * New release; fixes CVE-2025-0001

 -- T <t@example.org>  Wed, 01 Oct 2025 00:00:00 +0000
`;

let directory: string;
let store: ContentStore;
let newTls: LockedPackage;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-diff-'));
  store = openContentStore(join(directory, 'store'));
  const deb = buildDeb(directory, 'libtls', '3.0-2', (root) => {
    put(
      root,
      'DEBIAN/control',
      'Package: libtls\nVersion: 3.0-2\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: d\n',
    );
    mkdirSync(join(root, 'usr/share/doc/libtls'), { recursive: true });
    writeFileSync(join(root, 'usr/share/doc/libtls/changelog.Debian.gz'), gzipSync(changelog));
  });
  newTls = locked('libtls', '3.0-2', 'tls', (await store.putFile(deb)).sha256);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function locked(name: string, version: string, source = name, sha256 = `${name}${version}`): LockedPackage {
  const digest = Buffer.from(sha256).toString('hex').padEnd(64, '0').slice(0, 64);
  return {
    name,
    version,
    architecture: 'amd64',
    source: { name: source, version },
    archive: 'base',
    path: `pool/${name}.deb`,
    sha256: /^[0-9a-f]{64}$/.test(sha256) ? sha256 : digest,
    sizeBytes: 1,
  };
}

function state(
  base: LockedPackage[],
  version: string,
  policy: object,
  paths: Record<string, number> = {},
): EditionState {
  const manifest = {
    apiVersion: 'imprint/v1',
    edition: 'gov-test',
    version,
    title: { en: 'Test', 'zh-CN': '测试' },
    base: { debian: { suite: 'trixie', profile: 'server-minimal' } },
    locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
    trust: { profile: 'dual' },
    policy,
    services: { imprint: 'https://imprint.example.gov' },
    outputs: ['rootfs'],
  };
  const lock = {
    edition: 'gov-test',
    version,
    manifest,
    base,
    packages: [],
    inputs: [],
  } as unknown as EditionLock;
  const entries = Object.entries(paths).map(([path, mode]) => ({
    path,
    type: 'file' as const,
    ...{ mode, uid: 0, gid: 0, origin: 'policy', evidence: 'step' as const },
    class: path.startsWith('/usr') ? ('core' as const) : ('overlay' as const),
  }));
  return {
    lock,
    lockSha256: version.padEnd(64, '0'),
    integrity: { entries } as unknown as IntegrityManifest,
  };
}

const pair = () =>
  [
    state(
      [locked('libtls', '3.0-1', 'tls'), locked('gone', '1'), locked('odd', '2')],
      '2026.11.0',
      { screenLock: '10m', coreDumps: true },
      { '/usr/a': 1, '/etc/b': 1, '/etc/c': 1 },
    ),
    state(
      [newTls, locked('new', '1.0~rc1'), locked('odd', '3')],
      '2026.11.1',
      { screenLock: '5m' },
      { '/usr/a': 2, '/etc/b': 1, '/etc/d': 1 },
    ),
  ] as const;

describe('diffEditions', () => {
  test('names packages, the CVEs their changelogs close, policy and files', async () => {
    const diff = await diffEditions(...pair(), { store });
    expect(diff).toMatchObject({
      packages: {
        added: [{ name: 'new', version: '1.0~rc1' }],
        removed: [{ name: 'gone', version: '1' }],
        changed: [
          { name: 'libtls', direction: 'newer', cves: ['CVE-2026-9999', 'CVE-2026-10001'] },
          { name: 'odd', direction: 'newer' },
        ],
      },
      cves: {
        closed: [
          { id: 'CVE-2026-9999', sources: ['tls'] },
          { id: 'CVE-2026-10001', sources: ['tls'] },
        ],
        reopened: [],
        unknown: ['odd'],
      },
      policy: [
        { id: 'coreDumps', from: true },
        { id: 'screenLock', from: '10m', to: '5m' },
      ],
      files: {
        core: { added: [], removed: [], changed: ['/usr/a'] },
        overlay: { added: ['/etc/d'], removed: ['/etc/c'], changed: [] },
      },
    });
  });

  test('a package that goes back opens what its changelog had closed', async () => {
    const [before, after] = pair();
    const diff = await diffEditions(after, before, { store });
    expect(diff.cves.closed).toEqual([]);
    expect(diff.cves.reopened.map(({ id }) => id)).toEqual(['CVE-2026-9999', 'CVE-2026-10001']);
  });

  test('an edition does not differ from itself', async () => {
    const [before] = pair();
    const diff = await diffEditions(before, before, { store });
    expect(diff).toMatchObject({
      packages: { added: [], removed: [], changed: [] },
      policy: [],
      components: [],
      settings: [],
    });
  });

  test('without the packages at hand CVEs are unknown, not none', async () => {
    expect((await diffEditions(...pair())).cves).toEqual({
      closed: [],
      reopened: [],
      unknown: ['libtls', 'odd'],
    });
  });
});

test('an id that an older entry names too was closed before', () => {
  expect(cvesBetween(changelog, '3.0-1', '3.0-2')).toEqual(['CVE-2026-9999', 'CVE-2026-10001']);
  expect(cvesBetween(changelog, '2.0-1', '3.0-1')).toEqual(['CVE-2025-0001']);
  expect(cvesBetween(changelog, '3.0-2', '3.0-2')).toEqual([]);
});

test.each(['en', 'zh-CN'] as const)('as text in %s', async (language) => {
  const text = renderDiffText(await diffEditions(...pair(), { store }), language);
  await expect(text).toMatchFileSnapshot(`__golden__/diff.${language}.txt`);
});

test('as one page, whatever a package is called', async () => {
  const [before, after] = pair();
  const hostile = state([locked('<script>alert(1)</script>', '1')], '2026.11.2', {});
  await expect(renderDiffHtml(await diffEditions(before, after, { store }))).toMatchFileSnapshot(
    '__golden__/diff.html',
  );
  expect(renderDiffHtml(await diffEditions(before, hostile))).not.toContain('<script');
});
