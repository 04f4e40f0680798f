import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packDefinitions } from '../antivirus/index.ts';
import { sha256OfFile } from '../store/index.ts';
import { loadManifest } from './load-manifest.ts';

let workspace: string;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'imprint-samples-'));
  await cp(join(import.meta.dirname, '../../../../editions'), join(workspace, 'editions'), {
    recursive: true,
  });
  // The samples name the agent's package and a packed definitions set, which a build of this repository makes.
  await mkdir(join(workspace, 'dist'));
  await writeFile(join(workspace, 'dist', 'imprint-agent.deb'), 'stands in');
  const signatures = join(workspace, 'editions/gov-base/antivirus');
  await packDefinitions(signatures, join(workspace, 'dist/antivirus'), { now: new Date() });
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

const load = (name: string) => loadManifest(join(workspace, 'editions', name, 'edition.yaml'), { workspace });

test('gov-base loads, and its definitions have the digests they state', async () => {
  const { manifest, files } = await load('gov-base');
  expect(manifest.outputs).toEqual(['rootfs', 'squashfs', 'disk']);
  const stated = files.filter(({ sha256 }) => sha256 !== undefined);
  expect(stated.map(({ name }) => name)).toEqual(['gov.hdb', 'gov.hsb']);
  for (const { path, sha256 } of stated) expect((await sha256OfFile(path)).sha256).toBe(sha256);
});

test('gov-desktop adds to gov-base', async () => {
  const { manifest, overrides } = await load('gov-desktop');
  expect(manifest.locale.fonts).toEqual(['wqy-microhei', 'noto-cjk']);
  expect(manifest.base).toMatchObject({ debian: { suite: 'trixie', profile: 'desktop-minimal' } });
  expect(overrides.map(({ pointer }) => pointer)).toContain('/base/debian/profile');
});

test('sector-energy tightens gov-base and keeps the rest', async () => {
  const [base, sector] = [await load('gov-base'), await load('sector-energy')];
  expect(sector.manifest.policy).toEqual({
    ...base.manifest.policy,
    screenLock: '3m',
    passwordMinLength: 16,
    usbStorage: 'deny',
  });
  expect(sector.manifest.components?.map(({ name }) => name)).toEqual(['clamav', 'imprint-agent']);
  expect(sector.manifest.trust.roots).toEqual(['../gov-base/roots/gov-root.crt']);
});
