import {
  appendFileSync,
  chmodSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { indexTree } from '../tree/index.ts';
import { buildDeb, closeTemplate, copyUp, type Fixture, makeFixture, put, tool } from './fixture.ts';
import { decodeManifest, verifyTree } from './index.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(() => fixture.close());
afterAll(closeTemplate);

const inCore = (path: string) => join(fixture.core, path);
const inOverlay = (path: string) => join(fixture.overlay, path);
const whiteout = (path: string) => tool('mknod', inOverlay(path), 'c', '0', '0');

/** `path: facets by step` of every violation, or of the error if it is another one. */
async function violations(options = {}): Promise<string[]> {
  try {
    await fixture.collect(options);
    return [];
  } catch (error) {
    if (!isImprintError(error, 'EVIDENCE_CORE_MODIFIED')) throw error;
    return error.details.map(({ params: { path, facets, step } }) => `${path}: ${facets} by ${step}`);
  }
}

async function manifest() {
  await fixture.collect();
  return decodeManifest(await readFile(join(fixture.directory, 'out/integrity.json.gz')));
}

describe('an untouched core', () => {
  test('is core, each path by its package or by the clean build', async () => {
    put(fixture.overlay, 'etc/edition.conf', 'ours\n');
    const { entries, counts } = await manifest();
    const lines = entries.map((entry) => `${entry.path} ${entry.class} ${entry.origin} ${entry.evidence}`);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('__golden__/classes.txt');
    expect(counts).toEqual({ core: entries.length - 1, overlay: 1, modified: 0, missing: 0, violations: 0 });
  });

  test('verifies against its own manifest', async () => {
    expect(verifyTree(await indexTree(fixture.core), await manifest())).toEqual([]);
  });
});

describe('what an edition step may not do to the core', () => {
  test.each<[string, string, () => void]>([
    [
      'flip a byte',
      '/usr/bin/tool: content by policy',
      () => {
        copyUp(fixture, 'usr/bin/tool');
        writeFileSync(inOverlay('usr/bin/tool'), 'the tooL\n');
      },
    ],
    [
      'change a mode',
      '/usr/bin/tool: mode by policy',
      () => {
        copyUp(fixture, 'usr/bin/tool');
        chmodSync(inOverlay('usr/bin/tool'), 0o4755);
      },
    ],
    [
      'change an owner',
      '/usr/bin/tool: owner by policy',
      () => {
        copyUp(fixture, 'usr/bin/tool');
        tool('chown', '1000:1000', inOverlay('usr/bin/tool'));
      },
    ],
    [
      'drop a capability',
      '/usr/bin/ping: xattrs by policy',
      () => {
        copyUp(fixture, 'usr/bin/ping');
        tool('setcap', '-r', inOverlay('usr/bin/ping'));
      },
    ],
    [
      'give a capability',
      '/usr/bin/tool: xattrs by policy',
      () => {
        copyUp(fixture, 'usr/bin/tool');
        tool('setcap', 'cap_sys_admin+ep', inOverlay('usr/bin/tool'));
      },
    ],
    [
      'lead a symbolic link elsewhere',
      '/usr/bin/alias: link by policy',
      () => {
        put(fixture.overlay, 'usr/bin/.keep', '');
        symlinkSync('elsewhere', inOverlay('usr/bin/alias'));
      },
    ],
    [
      'put a file where a link was',
      '/usr/bin/alias: type by policy',
      () => put(fixture.overlay, 'usr/bin/alias', 'the tool\n', 0o755),
    ],
    [
      'delete a file',
      '/usr/bin/tool: missing by policy',
      () => {
        put(fixture.overlay, 'usr/bin/.keep', '');
        whiteout('usr/bin/tool');
      },
    ],
    [
      'change what another package diverted',
      '/usr/bin/editor.shell: content by policy',
      () => put(fixture.overlay, 'usr/bin/editor.shell', 'not the editor\n', 0o755),
    ],
    [
      'edit a conffile',
      '/etc/tools.conf: content by policy',
      () => {
        copyUp(fixture, 'etc/tools.conf');
        appendFileSync(inOverlay('etc/tools.conf'), 'colour = yes\n');
      },
    ],
    [
      'edit what a maintainer script wrote',
      '/etc/generated.conf: content by policy',
      () => put(fixture.overlay, 'etc/generated.conf', 'by us\n'),
    ],
    ['cut a hard link', '/usr/bin/second: hard-link by policy', () => copyUp(fixture, 'usr/bin/second')],
    [
      'change an upstream record',
      '/var/lib/dpkg/status: content: package shell:amd64 changed by policy',
      () => {
        const text = readFileSync(inCore('var/lib/dpkg/status'), 'utf8');
        put(fixture.overlay, 'var/lib/dpkg/status', text.replace('5-1', '6-1'));
      },
    ],
    [
      'record a package that was not declared',
      '/var/lib/dpkg/status: content: package extra:amd64 not declared by policy',
      () => {
        const text = readFileSync(inCore('var/lib/dpkg/status'), 'utf8');
        put(fixture.overlay, 'var/lib/dpkg/status', `${text}\nPackage: extra\nArchitecture: amd64\n`);
      },
    ],
    [
      'add an account with id 0',
      '/etc/passwd: content: account backdoor has id 0 by policy',
      () => {
        const text = readFileSync(inCore('etc/passwd'), 'utf8');
        put(fixture.overlay, 'etc/passwd', `${text}backdoor:x:0:0::/:/bin/sh\n`);
      },
    ],
  ])('%s', async (_, expected, tamper) => {
    tamper();
    expect(await violations()).toEqual([expected]);
    await expect(readdir(join(fixture.directory, 'out'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('all at once: every path is named', async () => {
    put(fixture.overlay, 'usr/bin/tool', 'x', 0o755);
    put(fixture.overlay, 'etc/tools.conf', 'y');
    whiteout('usr/bin/alias');
    expect(await violations()).toEqual([
      '/etc/tools.conf: content by policy',
      '/usr/bin/tool: content by policy',
      '/usr/bin/alias: missing by policy',
    ]);
  });
});

describe('a core layer that is not what the packages ship', () => {
  test.each<[string, string, () => void]>([
    [
      'a flipped byte',
      '/usr/bin/tool: content by base',
      () => writeFileSync(inCore('usr/bin/tool'), 'the tooL\n'),
    ],
    [
      'a link led elsewhere',
      '/usr/bin/alias: link by base',
      () => {
        rmSync(inCore('usr/bin/alias'));
        symlinkSync('elsewhere', inCore('usr/bin/alias'));
      },
    ],
    ['a missing file', '/usr/bin/sh: missing by base', () => rmSync(inCore('usr/bin/sh'))],
    [
      'a truncated file',
      '/usr/bin/editor.shell: content by base',
      () => truncateSync(inCore('usr/bin/editor.shell')),
    ],
  ])('%s', async (_, expected, tamper) => {
    tamper();
    expect(await violations()).toEqual([expected]);
  });
});

describe('what an edition may do', () => {
  test('change what the vendor agreed to, and it says so', async () => {
    put(fixture.overlay, 'etc/tools.conf', 'colour = yes\n');
    const mutable = [{ path: '/etc/tools.conf', reason: "colours are the operator's choice" }];
    const { counts } = await fixture.collect({ mutable });
    expect(counts).toMatchObject({ modified: 1, violations: 0 });
    const statement = JSON.parse(
      await readFile(join(fixture.directory, 'out/core-integrity.intoto.json'), 'utf8'),
    );
    expect(statement.predicate.findings.replacedUnderPolicy).toEqual({
      total: 1,
      items: [{ path: '/etc/tools.conf', step: 'policy', reason: "colours are the operator's choice" }],
    });
  });

  test('remove what the vendor agreed to, and it counts as missing', async () => {
    put(fixture.overlay, 'usr/bin/.keep', '');
    whiteout('usr/bin/tool');
    const mutable = [{ path: '/usr/bin/**', reason: "tools are the operator's choice" }];
    expect((await fixture.collect({ mutable })).counts).toMatchObject({ missing: 1, violations: 0 });
  });

  test('empty a log that the clean build left', async () => {
    put(fixture.overlay, 'var/log/.keep', '');
    whiteout('var/log/install.log');
    expect(await violations()).toEqual([]);
  });

  test('record a component it declares', async () => {
    const deb = buildDeb(fixture.directory, 'agent', '1.0', (root) => {
      put(
        root,
        'DEBIAN/control',
        'Package: agent\nVersion: 1.0\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: a\n',
      );
      put(root, 'usr/bin/agent', 'the agent\n', 0o755);
    });
    const blob = await fixture.store.putFile(deb);
    const text = readFileSync(inCore('var/lib/dpkg/status'), 'utf8');
    put(
      fixture.overlay,
      'var/lib/dpkg/status',
      `${text}\nPackage: agent\nArchitecture: amd64\nVersion: 1.0\n`,
    );
    put(
      fixture.overlay,
      'etc/passwd',
      `${readFileSync(inCore('etc/passwd'), 'utf8')}agent:x:990:990::/:/bin/false\n`,
    );
    const lock = { inputs: [{ role: 'component' as const, name: 'agent', ...blob }] };
    expect(await violations({ lock })).toEqual([]);
    expect(await violations()).toEqual([
      '/var/lib/dpkg/status: content: package agent:amd64 not declared by policy',
    ]);
  });
});

test('a change above the core reads no package again', async () => {
  await fixture.collect();
  for (const { sha256 } of fixture.lock.base) await fixture.store.remove(sha256);
  put(fixture.overlay, 'etc/edition.conf', 'ours\n');
  expect((await fixture.collect()).counts).toMatchObject({ overlay: 1, violations: 0 });
});

test('an agreement that covers the whole image is refused', async () => {
  await expect(fixture.collect({ mutable: [{ path: '/**', reason: 'all' }] })).rejects.toMatchObject({
    code: 'EVIDENCE_AGREEMENT_MALFORMED',
    params: { pointer: '#/mutable/0' },
  });
});

test('a lock that names the wrong package under a digest is refused', async () => {
  const [shell, tools] = fixture.lock.base;
  if (shell === undefined || tools === undefined) throw new TypeError('the fixture has two packages');
  const swapped = { ...shell, sha256: tools.sha256 };
  await expect(fixture.collect({ lock: { base: [swapped, tools] } })).rejects.toMatchObject({
    code: 'EVIDENCE_PACKAGE_MISMATCH',
    params: { expected: 'shell_5-1', got: 'tools_1:2.0-1' },
  });
});

test('every document has the same bytes a second time, from a cold cache and from a warm one', async () => {
  put(fixture.overlay, 'etc/edition.conf', 'ours\n');
  const outDirs = ['cold', 'warm', 'again'].map((name) => join(fixture.directory, name));
  for (const outDir of outDirs) {
    if (!outDir.endsWith('warm')) rmSync(join(fixture.directory, 'cache'), { recursive: true });
    await fixture.collect({ outDir });
  }
  const [cold = '', ...others] = outDirs;
  const names = await readdir(cold);
  expect(names.sort()).toEqual([
    'colophon.html',
    'core-integrity.intoto.json',
    'integrity.json.gz',
    'provenance.intoto.json',
    'sbom.cdx.json',
    'sbom.spdx.json',
  ]);
  for (const other of others)
    for (const name of names)
      expect(await readFile(join(other, name))).toEqual(await readFile(join(cold, name)));
});

test('a manifest whose entries were edited is refused', async () => {
  const { gunzipSync, gzipSync } = await import('node:zlib');
  await fixture.collect();
  const text = gunzipSync(await readFile(join(fixture.directory, 'out/integrity.json.gz'))).toString('utf8');
  expect(() => decodeManifest(gzipSync(text.replace('"mode":493', '"mode":511')))).toThrowError(
    expect.objectContaining({ code: 'EVIDENCE_MANIFEST_MALFORMED' }),
  );
});

describe('verifying an image against its manifest names', () => {
  test.each<[string, { path: string; facets: string[] }, () => void]>([
    [
      'a flipped byte',
      { path: '/usr/bin/tool', facets: ['content'] },
      () => writeFileSync(inCore('usr/bin/tool'), 'the tooL\n'),
    ],
    [
      'an extra file',
      { path: '/usr/bin/backdoor', facets: ['extra'] },
      () => put(fixture.core, 'usr/bin/backdoor', 'x'),
    ],
    ['a deleted file', { path: '/usr/bin/tool', facets: ['missing'] }, () => rmSync(inCore('usr/bin/tool'))],
    ['a mode', { path: '/usr/bin/tool', facets: ['mode'] }, () => chmodSync(inCore('usr/bin/tool'), 0o777)],
    [
      'a capability',
      { path: '/usr/bin/ping', facets: ['xattrs'] },
      () => tool('setcap', '-r', inCore('usr/bin/ping')),
    ],
  ])('%s', async (_, expected, tamper) => {
    const signed = await manifest();
    tamper();
    expect(verifyTree(await indexTree(fixture.core), signed)).toEqual([expected]);
  });
});
