import { PolicyFile } from '@imprint/protocol';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import type { Action, StepDefinition } from '../../plan/model.ts';
import { sampleLock } from '../../plan/sample-lock.ts';
import { debianSteps } from './index.ts';

const digest = 'd'.repeat(64);
type Lock = ReturnType<typeof sampleLock>;
type Manifest = Lock['manifest'];

function step(id: string, change: (lock: Lock) => Lock = (lock) => lock): StepDefinition {
  const found = debianSteps({ lock: change(sampleLock()), lockSha256: digest }).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}

function withManifest(change: Partial<Manifest>): (lock: Lock) => Lock {
  return (lock) => ({ ...lock, manifest: { ...lock.manifest, ...change } });
}

function without(name: string): (lock: Lock) => Lock {
  const others = (packages: Lock['base']) => packages.filter((one) => one.name !== name);
  return (lock) => ({ ...lock, base: others(lock.base), packages: others(lock.packages) });
}

function written({ actions }: StepDefinition, path: string): string | undefined {
  const found = actions.find((action) => action.kind === 'write' && action.path === path);
  return found?.kind === 'write' ? found.text : undefined;
}

const kinds = ({ actions }: StepDefinition) => actions.map(({ kind }) => kind);
const touched = (action: Action) => ('path' in action ? [action.path] : []);

test('base bootstraps the locked profile and leaves no trace of the installation', () => {
  expect(kinds(step('base'))).toEqual(['bootstrap', 'remove', 'truncate']);
});

test('packages adds the rest and expects both lists together', () => {
  const [first] = step('packages').actions;
  expect(first).toMatchObject({ kind: 'install-upstream' });
  if (first?.kind !== 'install-upstream') return;
  const lock = sampleLock();
  expect(first.expected).toHaveLength(lock.base.length + lock.packages.length);
});

test('a step without anything to do has no actions', () => {
  expect(
    step('packages', (lock) => ({ ...lock, packages: [], manifest: { ...lock.manifest, policy: {} } }))
      .actions,
  ).toEqual([]);
  expect(step('components', (lock) => ({ ...lock, inputs: [] })).actions).toEqual([]);
  expect(step('trust-roots', (lock) => ({ ...lock, inputs: [] })).actions).toEqual([]);
  const { language, timezone, keyboard } = sampleLock().manifest.locale;
  expect(step('fonts', withManifest({ locale: { language, timezone, keyboard } })).actions).toEqual([]);
  expect(step('antivirus', without('clamav-daemon')).actions).toEqual([]);
});

test('components are installed from their digests', () => {
  const [component] = sampleLock().inputs;
  expect(step('components').actions[0]).toEqual({
    kind: 'install-debs',
    debs: [{ name: 'imprint-agent', sha256: component?.sha256 }],
  });
});

test('locale generates the language before it is set, and follows the suite about /etc/timezone', () => {
  const locale = step('locale');
  expect(written(locale, '/etc/locale.gen')).toBe('zh_CN.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n');
  expect(written(locale, '/etc/locale.conf')).toBe('LANG=zh_CN.UTF-8\n');
  expect(written(locale, '/etc/timezone')).toBeUndefined();
  const bookworm = step(
    'locale',
    withManifest({ base: { debian: { suite: 'bookworm', profile: 'server-minimal' } } }),
  );
  expect(written(bookworm, '/etc/timezone')).toBe('Asia/Shanghai\n');
  expect(written(bookworm, '/etc/default/locale')).toBe('LANG=zh_CN.UTF-8\n');
});

test('a keyboard is set only where the image has keyboards', () => {
  expect(written(step('locale'), '/etc/default/keyboard')).toContain('XKBLAYOUT="cn"');
  expect(written(step('locale', without('keyboard-configuration')), '/etc/default/keyboard')).toBeUndefined();
});

test('fonts names the preferred families and the input method', () => {
  expect(written(step('fonts'), '/etc/fonts/conf.d/56-imprint-preferred.conf')).toContain('Noto Sans CJK SC');
  expect(written(step('fonts'), '/etc/environment.d/90-imprint-input-method.conf')).toContain(
    'XMODIFIERS=@im=fcitx',
  );
});

test('trust roots are copied under their own names and then gathered', () => {
  expect(step('trust-roots').actions.slice(1)).toEqual([
    expect.objectContaining({ path: '/usr/local/share/ca-certificates/imprint/gov-root.crt' }),
    { kind: 'run', argv: ['update-ca-certificates'] },
  ]);
});

test('the scanner starts on the edition’s definitions alone, on access too', () => {
  const antivirus = step('antivirus');
  expect(antivirus.actions.flatMap(touched)).toEqual([
    '/usr/lib/imprint/antivirus-definitions.json',
    '/var/lib/clamav/gov.hdb',
    '/etc/systemd/system/clamav-daemon.service.d/imprint.conf',
    '/etc/imprint/clamonacc.conf',
    '/etc/systemd/system/clamav-clamonacc.service.d/imprint.conf',
  ]);
  expect(written(antivirus, '/etc/systemd/system/clamav-daemon.service.d/imprint.conf')).toContain(
    'ConditionPathExistsGlob=\n',
  );
  expect(antivirus.actions).toContainEqual({ kind: 'mask-unit', unit: 'clamav-freshclam.service' });
});

test('services trust the key of the edition’s apt suites where the lock has one', () => {
  const key = {
    role: 'archive-key',
    name: 'archive-key.pgp',
    sha256: 'ce'.repeat(32),
    sizeBytes: 200,
  } as const;
  const services = step('services', (lock) => ({ ...lock, inputs: [...lock.inputs, key] }));
  const path = '/etc/imprint/archive-keyring.gpg';
  expect(services.actions).toContainEqual({ kind: 'copy', path, mode: 0o644, sha256: key.sha256 });
  expect(services.settings).toMatchObject({ archiveKey: ['ce'.repeat(6)] });
  expect(written(services, '/etc/apt/sources.list.d/imprint.sources')).toContain(`Signed-By: ${path}\n`);
});

test('services point the device at the edition’s own server and suite', () => {
  const services = step('services');
  expect(JSON.parse(written(services, '/etc/imprint/agent.json') ?? '')).toEqual({
    server: 'https://imprint.example.gov',
    edition: 'gov-sample',
    channel: 'pilot',
  });
  expect(written(services, '/etc/apt/sources.list.d/imprint.sources')).toContain('Suites: pilot\n');
  expect(written(services, '/etc/apt/sources.list.d/imprint.sources')).toContain('Enabled: no\n');
  expect(services.actions.filter((action) => 'path' in action && action.path.endsWith('.gpg'))).toEqual([]);
  expect(services.actions).toContainEqual(
    expect.objectContaining({ kind: 'copy', path: '/etc/imprint/root.json' }),
  );
  expect(services.actions).toContainEqual({
    kind: 'remove',
    paths: ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*'],
  });
});

test('every policy is carried, observed and valid for the device', () => {
  const file: unknown = JSON.parse(written(step('policy'), '/usr/lib/imprint/policy.json') ?? '');
  expect(Value.Errors(PolicyFile, file)).toEqual([]);
  const ids = (file as PolicyFile).map(({ id }) => id);
  expect(ids).toEqual(Object.keys(sampleLock().manifest.policy ?? {}).sort());
});

test('each policy’s settings and checks are as agreed', async () => {
  const { actions } = step('policy');
  await expect(`${JSON.stringify(actions, null, 2)}\n`).toMatchFileSnapshot('__golden__/policy-actions.json');
});

test('usb storage is blocked, read-only or left alone', () => {
  const paths = (usbStorage: 'allow' | 'read-only' | 'deny') =>
    step('policy', withManifest({ policy: { usbStorage } })).actions.flatMap(touched);
  const file = '/usr/lib/imprint/policy.json';
  expect(paths('allow')).toEqual([file]);
  expect(paths('deny')).toEqual(['/etc/modprobe.d/imprint-usb-storage.conf', file]);
  expect(paths('read-only')).toEqual(['/etc/udev/rules.d/70-imprint-usb-read-only.rules', file]);
});

test('a policy the packages cannot carry is refused by name', () => {
  expect(() => step('policy', without('nftables'))).toThrow(
    expect.objectContaining({
      code: 'BUILD_POLICY_UNSUPPORTED',
      params: { policy: 'firewall', package: 'nftables' },
    }),
  );
});

test('the identity names the edition and upstream, and quotes what a shell would read', () => {
  const title = { en: 'The "$HOME" edition', 'zh-CN': '政务`版' };
  const text = written(step('identity', withManifest({ title })), '/etc/os-release') ?? '';
  expect(text).toContain('ID=gov-sample\nID_LIKE=debian\n');
  expect(text).toContain('NAME="The \\"\\$HOME\\" edition"\n');
  expect(text).toContain('PRETTY_NAME="政务\\`版 2026.11.0"\n');
  expect(text).toContain('IMPRINT_UPSTREAM="Debian GNU/Linux 13 (trixie)"\n');
  expect(JSON.parse(written(step('identity'), '/usr/lib/imprint/edition.json') ?? '')).toMatchObject({
    lockSha256: digest,
  });
});

test('no step touches upstream’s own release file', () => {
  const all = debianSteps({ lock: sampleLock(), lockSha256: digest }).flatMap(({ actions }) =>
    actions.flatMap(touched),
  );
  expect(all).not.toContain('/usr/lib/os-release');
  expect(all.filter((path) => !path.startsWith('/'))).toEqual([]);
});

test('the seal lets the root grow and refuses what belongs to one device', () => {
  const seal = step('seal');
  expect(written(seal, '/etc/fstab')).toContain(' / ext4 errors=remount-ro,x-systemd.growfs 0 1\n');
  expect(written(seal, '/etc/systemd/system/ssh.service.d/imprint.conf')).toContain('ssh-keygen -A');
  expect(seal.actions.at(-1)?.kind).toBe('expect-no-device');
});
