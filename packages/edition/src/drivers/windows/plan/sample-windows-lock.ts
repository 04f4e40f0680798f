import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedInput, WindowsLock, WindowsManifest } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { parse } from 'yaml';

const sample = join(import.meta.dirname, '../../../../../../editions/gov-desktop-windows/edition.yaml');

function input(role: LockedInput['role'], name: string): LockedInput {
  return { role, name, sha256: sha256Hex(Buffer.from(`${role} ${name}`)), sizeBytes: 100 };
}

/** A lock of the sample edition with a made-up image, for tests that only plan. */
export function sampleWindowsLock(): WindowsLock {
  const manifest = parse(readFileSync(sample, 'utf8')) as WindowsManifest;
  return {
    lockVersion: 1,
    edition: manifest.edition,
    version: manifest.version,
    architecture: 'amd64',
    sourceDateEpoch: 1_763_000_000,
    manifest,
    image: {
      parts: [
        { name: 'install.wim', sha256: sha256Hex(Buffer.from('install.wim')), sizeBytes: 3_000_000_000 },
      ],
      index: 1,
      name: 'Windows 10 Enterprise',
      editionId: 'Enterprise',
      installationType: 'Client',
      version: { major: 10, minor: 0, build: 19045, revision: 3803 },
      languages: ['zh-CN'],
      defaultLanguage: 'zh-CN',
      files: 100_000,
      directories: 20_000,
      totalBytes: 15_000_000_000,
      controlSet: 'ControlSet001',
      hives: [
        { path: '/Users/Default/NTUSER.DAT', sha1: 'a'.repeat(40), version: '1.5' },
        { path: '/Windows/System32/config/SOFTWARE', sha1: 'b'.repeat(40), version: '1.5' },
        { path: '/Windows/System32/config/SYSTEM', sha1: 'c'.repeat(40), version: '1.5' },
      ],
    },
    inputs: [
      input('component', 'gov-antivirus'),
      input('component', 'imprint-agent'),
      input('mutable-core', 'vendor-policy.json'),
      input('release-root', 'root.json'),
      input('trust-root', 'gov-root.crt'),
    ],
    signatures: [],
  };
}
