import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ImprintError } from '@imprint/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadManifest } from './load-manifest.ts';

const sampleRoot = join(import.meta.dirname, '../../../../editions/gov-base/roots/gov-root.crt');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-manifest-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const whole = `apiVersion: imprint/v1
edition: base
version: 2026.11.0
title: { en: Base, zh-CN: 基础版 }
base: { debian: { suite: trixie, profile: server-minimal, packages: [sudo] } }
locale: { language: zh_CN.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual }
policy: { passwordMinLength: 12, usbStorage: read-only, screenLock: 10m }
services: { imprint: https://imprint.example }
outputs: [rootfs]
`;

async function write(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const load = (file: string) => loadManifest(file, { workspace: directory });

/** The problems of a manifest as `CODE file:line:column`, files relative to the test's directory. */
async function problemsOf(file: string): Promise<string[]> {
  const error = await load(file).then(
    () => undefined,
    (caught: ImprintError) => caught,
  );
  const all = error?.code === 'MANIFEST_INVALID' ? error.details : error === undefined ? [] : [error];
  return all.map(({ code, place }) => {
    return `${code} ${place?.file?.replace(`${directory}/`, '')}:${place?.line}:${place?.column}`;
  });
}

test('a whole manifest loads', async () => {
  const { manifest, overrides } = await load(await write('edition.yaml', whole));
  expect(manifest).toMatchObject({
    edition: 'base',
    version: '2026.11.0',
    base: { debian: { packages: ['sudo'] } },
  });
  expect(overrides).toEqual([]);
});

test('every problem is told at once, each with file, line, column, pointer and what was expected', async () => {
  const file = await write(
    'edition.yaml',
    whole
      .replace('edition: base', 'edition: My Edition')
      .replace('Asia/Shanghai', 'Asia/Shangai')
      .replace('passwordMinLength: 12', 'passwordMinLenght: 12')
      .replace('server-minimal', 'server')
      .replace('outputs: [rootfs]', 'outputs: rootfs\nremoved: []'),
  );
  expect(await problemsOf(file)).toEqual([
    'MANIFEST_FORM edition.yaml:2:10',
    'MANIFEST_CHOICE edition.yaml:5:43',
    'MANIFEST_TIME_ZONE edition.yaml:6:44',
    'MANIFEST_KEY_MISSPELT edition.yaml:8:11',
    'MANIFEST_TYPE edition.yaml:10:10',
    'MANIFEST_KEY_MISSPELT edition.yaml:11:1',
  ]);
  const error = await load(file).catch((caught: ImprintError) => caught);
  const misspelt = (error as ImprintError).details[3];
  expect(misspelt?.place?.pointer).toBe('/policy/passwordMinLenght');
  expect(misspelt?.hintIn('en')).toBe('did you mean "passwordMinLength"?');
  expect(misspelt?.messageIn('zh-CN')).toBe('应为已知的键，实际为“passwordMinLenght”');
});

test.each([
  ['an open quote', 'title: "Base\n', 'MANIFEST_YAML_UNCLOSED'],
  ['a tab', 'title:\n\ten: Base\n', 'MANIFEST_YAML_INDENT'],
  ['a key twice', 'edition: a\nedition: b\n', 'MANIFEST_YAML_KEY_TWICE'],
  ['two documents', 'edition: a\n---\nedition: b\n', 'MANIFEST_YAML_UNSUPPORTED'],
  ['an alias', 'title: &t { en: a }\nbase: *t\n', 'MANIFEST_YAML_UNSUPPORTED'],
  ['an unknown tag', 'title: !secret x\n', 'MANIFEST_YAML_UNSUPPORTED'],
  ['a list', '- edition\n', 'MANIFEST_TYPE'],
  ['nothing', '', 'MANIFEST_TYPE'],
])('broken YAML is located: %s', async (_what, text, code) => {
  const problems = await problemsOf(await write('edition.yaml', text));
  expect(problems[0]).toMatch(new RegExp(`^${code} edition.yaml:\\d+:\\d+$`));
});

test('nesting without end is an error, not a crash', async () => {
  const problems = await problemsOf(await write('edition.yaml', '['.repeat(300_000)));
  expect(problems[0]).toMatch(/^MANIFEST_/);
});

test('a file that is missing, too large or not UTF-8 is refused', async () => {
  await expect(load(join(directory, 'none.yaml'))).rejects.toMatchObject({
    code: 'MANIFEST_FILE_UNREADABLE',
  });
  const large = await write('large.yaml', `# ${'x'.repeat(1024 * 1024)}`);
  await expect(load(large)).rejects.toMatchObject({ code: 'MANIFEST_TOO_LARGE' });
  const binary = await write('binary.yaml', Buffer.from([0xff, 0xfe, 0x00]));
  await expect(load(binary)).rejects.toMatchObject({ code: 'MANIFEST_FILE_UNREADABLE' });
});

test('overlays add and tighten, and what they override is told with its places', async () => {
  await write('nation/edition.yaml', whole);
  await write(
    'sector/edition.yaml',
    'extends: ../nation/edition.yaml\nedition: sector\nbase: { debian: { packages: [sudo, nftables] } }\nremove: [nano]\n',
  );
  const agency = await write(
    'agency/edition.yaml',
    'extends: ../sector/edition.yaml\nedition: agency\npolicy:\n  passwordMinLength: 16\n  usbStorage: deny\n',
  );
  const { manifest, overrides, sources, placeOf } = await load(agency);
  expect(manifest.policy).toEqual({ passwordMinLength: 16, usbStorage: 'deny', screenLock: '10m' });
  expect(manifest.base).toMatchObject({ debian: { packages: ['sudo', 'nftables'] } });
  expect(manifest.remove).toEqual(['nano']);
  expect(sources.map((source) => source.split('/').at(-2))).toEqual(['nation', 'sector', 'agency']);
  expect(overrides).toContainEqual({
    pointer: '/policy/passwordMinLength',
    from: { value: 12, place: { file: join(directory, 'nation/edition.yaml'), line: 8, column: 30 } },
    to: { value: 16, place: { file: agency, line: 4, column: 22 } },
  });
  expect(placeOf('/remove/0')).toMatchObject({ line: 4, column: 10 });
});

test('a manifest has exactly one base', async () => {
  const both = whole.replace('base: { ', 'base: { windows: { image: install.wim, index: 1 }, ');
  expect(await problemsOf(await write('both.yaml', both))).toContain('MANIFEST_BASE both.yaml:5:7');
  const none = whole.replace(/base: .*/, 'base: {}');
  expect(await problemsOf(await write('none.yaml', none))).toEqual(['MANIFEST_BASE none.yaml:5:7']);
});

test('what a base cannot carry out is refused with its line, whoever asks for it', async () => {
  const file = await write(
    'cannot.yaml',
    `${whole}remove: [Microsoft.BingNews_8wekyb3d8bbwe]\n`
      .replace('outputs: [rootfs]', 'outputs: [rootfs, iso]')
      .replace('policy: {', 'policy: { consumerFeatures: off,'),
  );
  expect(await problemsOf(file)).toEqual([
    'MANIFEST_BASE_CANNOT cannot.yaml:8:29',
    'MANIFEST_BASE_CANNOT cannot.yaml:10:19',
    'MANIFEST_BASE_CANNOT cannot.yaml:11:10',
  ]);
});

test('a required key may come from below, and one that comes from nowhere is missed once', async () => {
  await write('nation.yaml', whole.replace('trust: { profile: dual }\n', ''));
  const file = await write('agency.yaml', 'extends: nation.yaml\nedition: agency\n');
  expect(await problemsOf(file)).toEqual(['MANIFEST_KEY_MISSING nation.yaml:1:1']);
});

test.each([
  ['passwordMinLength: 8', '/policy/passwordMinLength'],
  ['usbStorage: allow', '/policy/usbStorage'],
  ['screenLock: 15m', '/policy/screenLock'],
])('an overlay may not loosen a policy: %s', async (policy, pointer) => {
  await write('nation.yaml', whole);
  const file = await write('agency.yaml', `extends: nation.yaml\npolicy: { ${policy} }\n`);
  const error = await load(file).catch((caught: ImprintError) => caught);
  expect((error as ImprintError).details).toMatchObject([
    {
      code: 'MANIFEST_LOOSENED',
      place: { file, line: 2, pointer },
      params: { setBy: expect.stringMatching(/nation\.yaml:8$/) },
    },
  ]);
});

test('loops and endless chains of extends are refused', async () => {
  await write('a.yaml', 'extends: b.yaml\n');
  const loop = await write('b.yaml', 'extends: a.yaml\n');
  expect(await problemsOf(loop)).toEqual(['MANIFEST_EXTENDS_LOOP a.yaml:1:10']);
  for (let i = 0; i < 12; i++) await write(`chain${i}.yaml`, `extends: chain${i + 1}.yaml\n`);
  expect(await problemsOf(join(directory, 'chain0.yaml'))).toEqual([
    'MANIFEST_EXTENDS_DEPTH chain7.yaml:1:10',
  ]);
});

test('files must lie inside the workspace, symbolic links followed', async () => {
  const inside = await mkdtemp(join(directory, 'workspace-'));
  await write('outside.crt', 'x');
  await symlink(join(directory, 'outside.crt'), join(inside, 'link.crt'));
  const file = join(inside, 'edition.yaml');
  await writeFile(
    file,
    whole.replace(
      '{ profile: dual }',
      '{ profile: dual, roots: [/etc/ssl/x.crt, ../outside.crt, link.crt, none.crt] }',
    ),
  );
  const error = await loadManifest(file, { workspace: inside }).catch((caught: ImprintError) => caught);
  expect((error as ImprintError).details.map(({ code, params }) => [code, params.path])).toEqual([
    ['MANIFEST_PATH_ABSOLUTE', '/etc/ssl/x.crt'],
    ['MANIFEST_PATH_OUTSIDE', '../outside.crt'],
    ['MANIFEST_PATH_OUTSIDE', 'link.crt'],
    ['MANIFEST_INPUT_MISSING', 'none.crt'],
  ]);
});

test('a path is relative to the manifest that states it', async () => {
  await write('nation/roots/root.crt', await readFile(sampleRoot));
  await write(
    'nation/edition.yaml',
    whole.replace('{ profile: dual }', '{ profile: dual, roots: [roots/root.crt] }'),
  );
  const { manifest, files } = await load(
    await write('agency/edition.yaml', 'extends: ../nation/edition.yaml\n'),
  );
  expect(manifest.trust.roots).toEqual(['../nation/roots/root.crt']);
  expect(files).toMatchObject([
    { role: 'trust-root', name: 'root.crt', path: join(directory, 'nation/roots/root.crt') },
  ]);
});

test('a root that is no certificate authority is refused', async () => {
  await write('root.crt', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  const file = await write(
    'edition.yaml',
    whole.replace('{ profile: dual }', '{ profile: dual, roots: [root.crt] }'),
  );
  expect(await problemsOf(file)).toEqual(['MANIFEST_ROOT_CERTIFICATE edition.yaml:7:33']);
});

const component = `components:
  - { role: antivirus, name: scanner, supplier: S, origin: local, package: clamav-daemon, definitions: set/definitions.json }
`;

test('a definitions set brings its files along, each with its digest', async () => {
  const sha256 = createHash('sha256').update('signature').digest('hex');
  await write('set/gov.hdb', 'signature');
  const set = { version: '1', builtAt: '2026-11-02T00:00:00Z', files: [{ name: 'gov.hdb', sha256 }] };
  await write('set/definitions.json', JSON.stringify(set));
  const file = await write('edition.yaml', whole + component);
  expect((await load(file)).files).toMatchObject([
    { role: 'antivirus-definitions', name: 'definitions.json' },
    { role: 'antivirus-definitions', name: 'gov.hdb', sha256 },
  ]);
  await write('set/definitions.json', JSON.stringify({ ...set, files: [{ name: '../../x', sha256 }] }));
  expect(await problemsOf(file)).toEqual(['MANIFEST_DOCUMENT edition.yaml:12:104']);
  await write('set/definitions.json', JSON.stringify({ version: '1' }));
  expect(await problemsOf(file)).toEqual(['MANIFEST_DOCUMENT edition.yaml:12:104']);
});

test('a component has one source and one name', async () => {
  const file = await write(
    'edition.yaml',
    `${whole}components:
  - { role: other, name: a, supplier: S, origin: local }
  - { role: other, name: a, supplier: S, origin: upstream, package: sudo }
`,
  );
  expect(await problemsOf(file)).toEqual([
    'MANIFEST_COMPONENT_SOURCE edition.yaml:12:5',
    'MANIFEST_LIST_DUPLICATE edition.yaml:13:5',
  ]);
});

test('an update service of the edition is named, or devices would be cut off from patches', async () => {
  const windows = whole
    .replace(/base: .*/, 'base: { windows: { image: install.wim, index: 1 } }')
    .replace('outputs: [rootfs]', 'outputs: [wim]')
    .replace('policy: {', 'policy: { updateService: edition,');
  await write('install.wim', 'an image');
  expect(await problemsOf(await write('windows.yaml', windows))).toEqual([
    'MANIFEST_UPDATE_SERVICE windows.yaml:8:26',
  ]);
  const named = windows.replace('services: {', 'services: { windowsUpdate: https://updates.example,');
  await expect(load(await write('named.yaml', named))).resolves.toMatchObject({
    files: [{ role: 'windows-image', name: 'install.wim' }],
  });
});
