import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { WimIntegrityEntry } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VerifiedRelease } from '../state/records.ts';
import { lockSha256, type TestDevice, testDevice } from '../testing/device.ts';
import { readIntegrityManifest } from './manifest.ts';
import { scanWimRoot } from './scan-wim.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
  device.put('/windows/system32/kernel.dll', 'kernel');
  device.put('/Program Files/Imprint/agent.exe', 'agent');
});
afterEach(() => device.dispose());

const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const known = { attributes: 0x20, class: 'core', origin: 'image', evidence: 'image' } as const;
const entries: WimIntegrityEntry[] = [
  {
    path: '/Program Files/Imprint/agent.exe',
    type: 'file',
    ...known,
    sizeBytes: 5,
    sha256: digest('sha256', 'agent'),
  },
  { path: '/Windows', type: 'directory', ...known },
  {
    path: '/Windows/System32/Kernel.dll',
    type: 'file',
    ...known,
    sizeBytes: 6,
    sha1: digest('sha1', 'kernel'),
  },
  { path: '/Windows/System32/config/SOFTWARE', type: 'file', ...known, volatile: true },
];
const scan = () => scanWimRoot(entries, { root: device.root });

describe('a scan of a Windows root', () => {
  test('finds every path whatever the case of its letters, and leaves out what a running system rewrites', () => {
    expect(scan()).toMatchObject({ checked: 3, skipped: 1, bytes: 11, findings: [] });
  });

  test.each([
    ['changed content of the same size', '/windows/system32/kernel.dll', 'kernal', 'content'],
    ['a longer file', '/windows/system32/kernel.dll', 'kernels', 'content'],
    ['a file of the edition', '/Program Files/Imprint/agent.exe', 'Agent', 'content'],
  ])('names %s', (_what, path, text, difference) => {
    device.put(path, text);
    expect(scan().findings).toMatchObject([{ differences: [difference] }]);
  });

  test('names what is missing and what became a directory', () => {
    const more: WimIntegrityEntry[] = [
      { path: '/Windows/gone.dll', type: 'file', ...known, sha1: digest('sha1', '') },
      { path: '/Windows/System32', type: 'file', ...known, sha1: digest('sha1', '') },
    ];
    const { findings } = scanWimRoot(more, { root: device.root });
    expect(findings.map(({ differences }) => differences)).toEqual([['missing'], ['type']]);
  });

  test('says what it does not compare', () => {
    expect(scan().notCompared).toContain('access lists');
  });
});

describe('a manifest of a Windows image', () => {
  const release = { lockSha256 } as VerifiedRelease;
  const read = (paths: readonly string[], schema = 'imprint/integrity-wim/v1') => {
    const listed = paths.map((path) => ({ path, type: 'file', ...known }));
    return readIntegrityManifest(
      'i',
      gzipSync(JSON.stringify({ schema, lockSha256, entries: listed })),
      release,
    );
  };

  test('is read', () => {
    expect(read(['/Windows/a']).entries).toHaveLength(1);
  });

  test.each(['/../a', '/a\\..\\b', '/a:stream', 'C:/a', 'a'])('with the path %s is refused', (path) => {
    expect(() => read([path])).toThrow(expect.objectContaining({ code: 'AGENT_EVIDENCE_MALFORMED' }));
  });

  test('of a schema nobody knows is refused', () => {
    expect(() => read([], 'imprint/integrity-wim/v2')).toThrow(
      expect.objectContaining({ code: 'AGENT_EVIDENCE_MALFORMED' }),
    );
  });
});
