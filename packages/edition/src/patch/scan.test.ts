import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putDeb } from '../apt/testing/debs.ts';
import { resolveLock } from '../lock/resolve-lock.ts';
import { dropKey, type Key, makeKey, miniatureDebian, writeArchive } from '../lock/testing/archive.ts';
import { type FileServer, serveFiles } from '../lock/testing/server.ts';
import { loadManifest } from '../manifest/index.ts';
import { silentReporter } from '../progress.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import type { SeverityFeed } from './model.ts';
import { renderScan } from './render-text.ts';
import { scanPatches } from './scan.ts';

let directory: string;
let key: Key;
let server: FileServer;
let store: ContentStore;
const now = new Date();

/** A security archive that holds real package files, so that their changelogs can be read. */
async function writeSecurity(packages: readonly { name: string; version: string; fixes: string }[]) {
  const packed = openContentStore(join(directory, 'upstream'));
  const listed = [];
  for (const { name, version, fixes } of packages) {
    const sha256 = await putDeb(packed, { name, version, changelog: [[version, fixes]] });
    const bytes = await readFile(packed.path(sha256));
    const path = `pool/real/${sha256}.deb`;
    await mkdir(join(directory, 'archive', 'pool', 'real'), { recursive: true });
    await writeFile(join(directory, 'archive', path), bytes);
    const fields = { Filename: path, Size: String(bytes.length), SHA256: sha256 };
    listed.push({ name, version, fields });
  }
  await writeArchive(join(directory, 'archive'), key, { suite: 'trixie-security', packages: listed });
}

const suite = (
  name: string,
  packages: { name: string; version?: string; fields?: Record<string, string> }[],
) => writeArchive(join(directory, 'archive'), key, { suite: name, packages });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-scan-'));
  key = await makeKey(directory, 'archive-key');
  await mkdir(join(directory, 'archive'));
  server = await serveFiles(join(directory, 'archive'));
  store = openContentStore(join(directory, 'store'));
});
afterAll(async () => {
  await server.close();
  await dropKey(key);
  await rm(directory, { recursive: true, force: true });
});

const kernel = (abi: string) => ({
  name: `linux-image-6.12.${abi}+deb13-cloud-amd64`,
  version: `6.12.${abi}-1`,
  fields: { Source: 'linux-signed-amd64' },
});
const withKernel = (abi: string) => [
  ...miniatureDebian().map((item) =>
    item.name === 'linux-image-cloud-amd64'
      ? {
          ...item,
          version: `6.12.${abi}-1`,
          fields: { Depends: kernel(abi).name, Source: 'linux-signed-amd64' },
        }
      : item,
  ),
  kernel(abi),
  { name: 'editor' },
];

beforeEach(async () => {
  server.mischief = undefined;
  await suite('trixie', withKernel('48'));
  await suite('trixie-updates', []);
  await suite('trixie-security', []);
});

async function begin() {
  const file = join(directory, 'edition.yaml');
  await writeFile(
    file,
    `apiVersion: imprint/v1
edition: test
version: 2026.11.0
title: { en: Test, zh-CN: 测试 }
base: { debian: { suite: trixie, profile: server-minimal, mirror: '${server.url}', securityMirror: '${server.url}', packages: [editor] } }
locale: { language: zh_CN.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual }
services: { imprint: https://imprint.example }
outputs: [rootfs]
`,
  );
  const loaded = await loadManifest(file, { workspace: directory });
  const options = {
    store,
    cacheDir: join(directory, 'cache'),
    reporter: silentReporter,
    keyring: key.keyring,
  };
  const lock = await resolveLock(loaded, options);
  const scan = (feed?: SeverityFeed, fetch = true) =>
    scanPatches(loaded, lock, { ...options, now, feed, fetch });
  return { lock, scan };
}

const without = (part: string) => {
  server.mischief = (request, response) => {
    if (!request.url?.includes(part)) return false;
    response.writeHead(404).end();
    return true;
  };
};

describe('a scan', () => {
  test('finds nothing where upstream stands as it was locked, and says how old each source is', async () => {
    const { scan } = await begin();
    const found = await scan();
    expect(found).toMatchObject({
      verdict: 'none',
      depth: 'solved',
      updates: [],
      counts: { base: 0, updates: 0, security: 0 },
      fixedCves: 0,
    });
    expect(found.sources).toMatchObject(
      ['base', 'updates', 'security'].map((archive) => ({
        archive,
        state: 'fetched',
        date: '2026-11-02T10:00:00.000Z',
        lockedDate: '2026-11-02T10:00:00.000Z',
        fetchedAt: now.toISOString(),
      })),
    );
    expect(renderScan(found, 'en').at(-1)).toBe('none: nothing security-relevant waits');
  });

  test('names what is new, the archive it comes from, the CVEs its changelog fixes and how grave they are', async () => {
    const { scan } = await begin();
    await writeSecurity([
      { name: 'editor', version: '1.0+deb13u1', fixes: 'fix CVE-2026-1 and CVE-2026-7777' },
    ]);
    const feed: SeverityFeed = {
      schema: 'imprint/severity-feed/v1',
      source: 'national database',
      date: '2026-11-01T00:00:00.000Z',
      severities: { 'CVE-2026-7777': 'high' },
    };
    const found = await scan(feed);
    expect(found.updates).toEqual([
      {
        name: 'editor',
        from: '1.0',
        to: '1.0+deb13u1',
        direction: 'newer',
        archive: 'security',
        source: 'editor',
        cves: [{ id: 'CVE-2026-7777', severity: 'high' }],
      },
    ]);
    expect(found).toMatchObject({ verdict: 'open', counts: { security: 1 }, fixedCves: 1 });
    expect(found.feed).toEqual({ source: 'national database', date: '2026-11-01T00:00:00.000Z' });
    const text = renderScan(found, 'en').join('\n');
    expect(text).toContain('editor 1.0 → 1.0+deb13u1 [security]  CVE-2026-7777 (high)');
    expect(renderScan(found, 'zh-CN').at(-1)).toBe('待处理：有安全更新');
  });

  test('follows a kernel into its new name', async () => {
    const { scan } = await begin();
    await suite('trixie', withKernel('57'));
    expect((await scan(undefined, false)).updates).toContainEqual(
      expect.objectContaining({
        name: kernel('57').name,
        was: kernel('48').name,
        from: '6.12.48-1',
        to: '6.12.57-1',
        archive: 'base',
      }),
    );
  });
});

describe('what was not observed is unknown, never zero', () => {
  test('a security archive that cannot be fetched', async () => {
    const { scan } = await begin();
    without('trixie-security');
    const found = await scan();
    expect(found).toMatchObject({
      verdict: 'unknown',
      depth: 'listed',
      counts: { base: 0, updates: 0, security: 'unknown' },
      fixedCves: 'unknown',
    });
    expect(found.sources.find(({ archive }) => archive === 'security')).toMatchObject({
      state: 'unknown',
      reason: { code: 'LOCK_ARCHIVE_UNREACHABLE' },
    });
    expect(renderScan(found, 'en').join('\n')).toContain('security unknown');
  });

  test('but what the other archives have is still open', async () => {
    const { scan } = await begin();
    await writeSecurity([{ name: 'editor', version: '1.0+deb13u1', fixes: 'fix CVE-2026-7777' }]);
    without('trixie-updates');
    expect(await scan()).toMatchObject({
      verdict: 'open',
      counts: { updates: 'unknown', security: 1 },
      updates: [{ name: 'editor', to: '1.0+deb13u1', cves: [{ id: 'CVE-2026-7777' }] }],
    });
  });

  test('everything, where no archive answers', async () => {
    const { scan } = await begin();
    without('/dists/');
    const counts = { base: 'unknown', updates: 'unknown', security: 'unknown' };
    expect(await scan()).toMatchObject({ verdict: 'unknown', counts, fixedCves: 'unknown' });
  });

  test('the CVEs of a package that was not fetched, or that has no changelog', async () => {
    const { scan } = await begin();
    await suite('trixie-updates', [{ name: 'editor', version: '1.1' }]);
    const found = await scan(undefined, false);
    expect(found).toMatchObject({ verdict: 'unknown', counts: { updates: 1 }, fixedCves: 'unknown' });
    expect(found.updates[0]).not.toHaveProperty('cves');
  });
});
