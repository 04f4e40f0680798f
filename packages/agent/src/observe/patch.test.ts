import type { AntivirusProvider } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refreshRelease } from '../release/refresh.ts';
import { readEdition } from '../settings.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { holdCeremony, pinRoot, publish, type ReleaseWishes } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { lookAt } from './look.ts';
import { observePatch, packageDifferences, sbomPackages } from './patch.ts';

const now = new Date('2026-11-23T06:00:00Z');
const ceremony = holdCeremony(now, 'intl');
let server: TestServer;
let device: TestDevice;

beforeEach(async () => {
  server = await startServer();
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

const install = (packages: Readonly<Record<string, string>>) => {
  const paragraphs = Object.entries(packages).map(
    ([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`,
  );
  device.put('/var/lib/dpkg/status', paragraphs.join('\n'));
};

async function patch(wishes: Partial<ReleaseWishes>) {
  server.tree = publish(ceremony, { now, ...wishes }).tree;
  await refreshRelease(device);
  return observePatch(lookAt(device), readEdition(device));
}

const approved = { bash: '5.2.37-2', libc6: '2.41-12' };

describe('the patch state', () => {
  test('is ok where exactly the approved packages are installed', async () => {
    install(approved);
    expect(await patch({ packages: approved })).toMatchObject({ state: 'ok', packages: 2, differing: [] });
  });

  test('is failing where this very release has other packages here', async () => {
    install({ ...approved, bash: '5.2.37-1', netcat: '1.10-50' });
    expect(await patch({ packages: approved })).toMatchObject({
      state: 'failing',
      differing: ['bash 5.2.37-1 (approved 5.2.37-2)', 'netcat 1.10-50 (not in the release)'],
    });
  });

  test('is ok beside the package of an antivirus provider that the release allows, in that version alone', async () => {
    const installer = { package: 'guard-antivirus', version: '2.1', sha256: 'ef'.repeat(32), sizeBytes: 9 };
    const guard: AntivirusProvider = {
      name: 'guard',
      title: { en: 'Guard', 'zh-CN': '卫士' },
      supplier: 'Guard',
      adapter: 'script',
      approvedUntil: '2027-01-01T00:00:00Z',
      sendsOut: [],
      installer,
    };
    install({ ...approved, 'guard-antivirus': '2.1' });
    const wishes = { packages: approved, antivirusProviders: [guard] };
    expect(await patch(wishes)).toMatchObject({ state: 'ok', differing: [] });
    install({ ...approved, 'guard-antivirus': '2.0' });
    expect(await patch(wishes)).toMatchObject({ differing: ['guard-antivirus 2.0 (not in the release)'] });
  });

  test('is stale where a newer release is approved', async () => {
    install(approved);
    const newer = { packages: { ...approved, libc6: '2.41-13' }, lockSha256: 'cd'.repeat(32) };
    expect(await patch(newer)).toMatchObject({
      state: 'stale',
      differing: ['libc6 2.41-12 (approved 2.41-13)'],
    });
  });

  test('is unknown before any release verified', () => {
    install(approved);
    expect(observePatch(lookAt(device), readEdition(device))).toMatchObject({
      state: 'unknown',
      packages: 2,
    });
  });

  test('is unknown where dpkg keeps no records', async () => {
    expect(await patch({ packages: approved })).toMatchObject({ state: 'unknown' });
  });

  test('names what is missing', () => {
    expect(packageDifferences(new Map([['bash', '5']]), new Map())).toEqual(['bash 5 (missing)']);
  });

  test('counts binary packages of a list only', () => {
    const components = [
      { name: 'bash', version: '5', purl: 'pkg:deb/debian/bash@5?arch=amd64' },
      { name: 'bash', version: '5-src', purl: 'pkg:deb/debian/bash@5?arch=source' },
      { name: 'left-pad', version: '1', purl: 'pkg:npm/left-pad@1' },
      { name: 'imprint-agent', version: '0.1.0', 'bom-ref': 'component:imprint-agent' },
      { name: 'gov-root.crt', version: '1', 'bom-ref': 'input:gov-root.crt' },
    ];
    expect([...sbomPackages({ components })]).toEqual([
      ['bash', '5'],
      ['imprint-agent', '0.1.0'],
    ]);
  });
});
