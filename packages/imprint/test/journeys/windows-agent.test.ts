import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DeviceReport, windowsDevicePaths } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWindowsAgent, type WindowsAgent } from '../../../../tools/agent-windows.ts';
import {
  type Ceremony,
  holdCeremony,
  publish,
  type ReleaseWishes,
  signersOf,
} from '../../../agent/src/testing/repository.ts';
import { trustRootEdits } from '../../../edition/src/drivers/windows/formats/certificate-blob.ts';
import { emitReg } from '../../../edition/src/drivers/windows/formats/reg/emit-reg.ts';
import { makeCodeSigner } from '../support/code-signer.ts';
import { checkout } from '../support/imprint-process.ts';
import { type TestServer, testServer } from '../support/test-server.ts';
import { startTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';
import { makeInstaller } from '../support/windows-installer.ts';
import { startWine, type Wine } from '../support/wine.ts';

// What is seen here is seen under Wine: files, registry, TLS, processes and Windows Installer. Security Center, AppX,
// servicing and the Task Scheduler are stubs there, and nothing below says anything of them.

const lockSha256 = 'ab'.repeat(32);
const vendorBuild = '10.0.19045.3803';
const telemetryKey = 'SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection';
const prefetch =
  'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';
const currentVersion = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';

let work: string;
let wine: Wine;
let server: TestServer;
let proxy: TlsProxy;
let agent: WindowsAgent;
let ceremony: Ceremony;
let states = 0;

const onDrive = (path: string): string => join(wine.drive, path.replace('/Windows/', '/windows/'));
const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(onDrive(path)), { recursive: true });
  writeFileSync(onDrive(path), content);
};
const putJson = (path: string, value: unknown): void => put(path, JSON.stringify(value));
const digest = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Puts a certificate where an edition puts it: the same bytes, here through Wine's own `reg`. */
async function trustRoot(certificate: string): Promise<void> {
  const file = join(work, 'root.reg');
  writeFileSync(file, emitReg('HKEY_LOCAL_MACHINE\\SOFTWARE', trustRootEdits(certificate)));
  await wine.run('reg', ['import', `Z:${file.replaceAll('/', '\\')}`]);
}

async function registryValue(key: string, name: string): Promise<string | undefined> {
  const { stdout } = await wine.run('reg', ['query', key, '/v', name]);
  return new RegExp(`^ {4}${name} {4}REG_\\w+ {4}(.*?)\\r?$`, 'm').exec(stdout)?.[1];
}

/** A device in this Windows with a memory of its own, so that no test depends on another. */
function newDevice() {
  states += 1;
  const env = { STATE_DIRECTORY: `C:\\state-${states}` };
  const run = (...args: string[]) => wine.run('C:\\Program Files\\Imprint\\imprint-agent.exe', args, env);
  const json = async (...args: string[]) => {
    const answer = await run(...args, '--json');
    if (answer.stdout === '') throw new Error(`no answer: ${answer.stderr}`);
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely, and expectations check the shape
    return JSON.parse(answer.stdout) as any;
  };
  const enrol = async (): Promise<string> => {
    const { secret } = (await server.post('/v1/enrolment-tokens', {})).body;
    return (await json('enrol', '--token', secret)).deviceId;
  };
  return { run, json, enrol, state: join(wine.drive, `state-${states}`) };
}

/** Publishes a release of this edition on the real server. */
function release(wishes: Partial<ReleaseWishes> = {}): void {
  const repository = join(server.home, 'repository');
  rmSync(repository, { recursive: true, force: true });
  const core = '/Windows/System32/kernel32.dll';
  const file = { type: 'file', attributes: 0x20, class: 'core', origin: 'image', evidence: 'image' } as const;
  const bytes = readFileSync(onDrive(core).replace('/System32/', '/system32/'));
  const entries = [
    { path: core, ...file, sizeBytes: bytes.length, sha1: digest('sha1', bytes) },
    { path: windowsDevicePaths.agent, ...file, sizeBytes: agent.sizeBytes, sha256: agent.sha256 },
  ];
  const windows = { build: vendorBuild, entries };
  const { tree } = publish(ceremony, { now: new Date(), lockSha256, windows, ...wishes });
  for (const [path, content] of tree) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), content);
  }
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'imprint-windows-agent-'));
  ceremony = holdCeremony(new Date());
  const outDir = join(work, 'dist');
  [wine, agent, server] = await Promise.all([
    startWine(),
    buildWindowsAgent({ root: checkout, outDir, signer: makeCodeSigner(work) }),
    testServer({}, { openOnlineKey: async () => ceremony.online }),
  ]);
  proxy = await startTlsProxy(server.url, 'Imprint test authority');
  await trustRoot(proxy.authority);
  mkdirSync(dirname(onDrive(windowsDevicePaths.agent)), { recursive: true });
  copyFileSync(agent.exe, onDrive(windowsDevicePaths.agent));
  const followed = { edition: 'gov-base', channel: 'stable' };
  putJson(windowsDevicePaths.settings, { server: proxy.url, ...followed });
  putJson(windowsDevicePaths.edition, {
    ...followed,
    version: '2026.11.0',
    lockSha256,
    windows: { editionId: 'Enterprise', build: vendorBuild },
  });
  put(windowsDevicePaths.root, ceremony.rootBytes);
}, 600_000);
afterAll(async () => {
  wine?.stop();
  await proxy?.close();
  await server?.close();
  rmSync(work, { recursive: true, force: true });
});

describe('the executable', () => {
  it('carries the signature it was given, and shows one flipped byte', () => {
    const verify = (file: string) => {
      const args = ['verify', '-CAfile', join(work, 'signer.pem'), '-in', file];
      try {
        return execFileSync('osslsigncode', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        return String((error as { stdout?: string }).stdout);
      }
    };
    expect(verify(agent.exe)).toMatch(/Signature verification: ok/);
    const bytes = readFileSync(agent.exe);
    bytes[0x2000] = (bytes[0x2000] ?? 0) ^ 1;
    writeFileSync(join(work, 'flipped.exe'), bytes);
    expect(verify(join(work, 'flipped.exe'))).toMatch(/MISMATCH/);
  });

  it('is the same bytes from the same sources in another folder', async () => {
    const clone = join(work, 'another place');
    for (const name of ['protocol', 'trust', 'agent']) {
      cpSync(join(checkout, 'packages', name), join(clone, 'packages', name), { recursive: true });
    }
    mkdirSync(join(clone, 'tools'));
    copyFileSync(join(checkout, 'tools/windows-node.json'), join(clone, 'tools/windows-node.json'));
    mkdirSync(join(clone, 'node_modules/@imprint'), { recursive: true });
    for (const name of ['protocol', 'trust']) {
      symlinkSync(`../../packages/${name}`, join(clone, 'node_modules/@imprint', name));
    }
    symlinkSync(join(checkout, 'node_modules/typebox'), join(clone, 'node_modules/typebox'));
    // Node's archives and nothing that was made from them.
    const cache = 'node_modules/.cache/imprint';
    mkdirSync(join(clone, cache), { recursive: true });
    for (const name of readdirSync(join(checkout, cache)).filter((one) => one.endsWith('.tgz'))) {
      symlinkSync(join(checkout, cache, name), join(clone, cache, name));
    }
    for (const name of ['@noble', 'uqr']) {
      cpSync(join(checkout, 'node_modules', name), join(clone, 'node_modules', name), { recursive: true });
    }
    const signer = { certificates: join(work, 'signer.pem'), key: join(work, 'signer.key') };
    const again = await buildWindowsAgent({ root: clone, outDir: join(work, 'again'), signer });
    expect(again.sha256).toBe(agent.sha256);
  }, 180_000);
});

describe('a server over TLS', () => {
  it('is trusted once the certificate of its authority is in the registry, and not before', async () => {
    const other = await startTlsProxy(server.url, 'Another authority');
    try {
      const device = newDevice();
      const ask = () => device.json('enrol', '--token', 'unknown', '--server', other.url);
      expect(await ask()).toMatchObject({
        code: 'AGENT_SERVER_UNREACHABLE',
        params: {
          reason: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/),
        },
      });
      await trustRoot(other.authority);
      expect(await ask()).toMatchObject({
        code: 'AGENT_SERVER_REFUSED',
        params: { code: 'FLEET_ENROLMENT_TOKEN_UNKNOWN' },
      });
    } finally {
      await other.close();
    }
  });
});

describe('a device', () => {
  it('enrols, verifies the release and its core, sets a policy that drifted and reports all of it', async () => {
    release();
    const check = {
      kind: 'registry',
      root: 'HKLM',
      key: telemetryKey,
      name: 'AllowTelemetry',
      type: 'dword',
    };
    const observe = [{ ...check, expected: '0', value: true }];
    const source = 'manifest#/policy/telemetry';
    putJson(windowsDevicePaths.policy, [{ id: 'telemetry', intended: 'none', source, observe }]);
    await wine.run('reg', [
      'add',
      `HKLM\\${telemetryKey}`,
      '/v',
      'AllowTelemetry',
      '/t',
      'REG_DWORD',
      '/d',
      '3',
      '/f',
    ]);
    for (const [name, type, text] of [
      ['EditionID', 'REG_SZ', 'Enterprise'],
      ['CurrentBuild', 'REG_SZ', '19045'],
      ['UBR', 'REG_DWORD', '3803'],
    ] as const) {
      await wine.run('reg', ['add', currentVersion, '/v', name, '/t', type, '/d', text, '/f']);
    }
    const device = newDevice();
    const deviceId = await device.enrol();
    expect(await device.json('run')).toMatchObject({ end: 'directed' });

    expect(await registryValue(`HKLM\\${telemetryKey}`, 'AllowTelemetry')).toBe('0x0');
    const shown = (await server.get(`/v1/devices/${deviceId}`)).body;
    expect(shown).toMatchObject({ state: 'enrolled', architecture: 'amd64', counter: 2 });
    const report = shown.report as DeviceReport;
    expect(report.release).toMatchObject({
      state: 'ok',
      version: '2026.11.0',
      signedBy: ['vendor', 'operator', 'regulator'],
    });
    expect(report.policy).toEqual([
      { id: 'telemetry', intended: 'none', observed: 'none', state: 'ok', observedAt: expect.any(String) },
    ]);
    expect(report.integrity).toMatchObject({ state: 'ok', checked: 2, differing: [] });
    expect(report.patch).toMatchObject({ state: 'ok' });
    expect(report.antivirus).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('Security Center'),
    });
    expect(await device.json('run', '--due')).toMatchObject({ end: 'waiting' });
    await wine.run('reg', ['add', prefetch, '/v', 'BootId', '/t', 'REG_DWORD', '/d', '7', '/f']);
    const next = await device.json('what-leaves');
    expect(next.payload).toMatchObject({ deviceId, counter: 3, bootId: 'windows-boot-7' });
  }, 180_000);

  it('refuses a release that one party did not approve, and says so to the server', async () => {
    release({ approvedBy: signersOf(ceremony, ['vendor', 'operator']) });
    putJson(windowsDevicePaths.policy, []);
    const device = newDevice();
    const deviceId = await device.enrol();
    const answer = await device.json('check-in');
    expect(answer.release).toMatchObject({ outcome: 'refused', code: 'TRUST_APPROVAL_MISSING' });
    expect(existsSync(join(device.state, 'running-release.json'))).toBe(false);
    const { report } = (await server.get(`/v1/devices/${deviceId}`)).body;
    expect(report.release).toMatchObject({ state: 'failing', code: 'TRUST_APPROVAL_MISSING' });
  }, 180_000);
});

describe('the first-boot plan', () => {
  it('installs what has the stated digest, once, sees it by its effect, and refuses the rest', async () => {
    const [good, bad] = [makeInstaller('Guardian Office'), makeInstaller('Guardian Cipher')];
    put(`${windowsDevicePaths.payload}/office.msi`, good);
    put(`${windowsDevicePaths.payload}/cipher.msi`, bad);
    const step = (component: string, file: string, sha256: string) => ({
      id: `install:${component}`,
      title: { en: component, 'zh-CN': component },
      source: 'manifest#/components/0',
      action: {
        kind: 'install-component',
        component,
        installer: 'msi',
        arguments: ['/qn', 'PURPOSE=official use'],
        file,
        sha256,
      },
    });
    const steps = [
      step('Guardian Cipher', 'cipher.msi', digest('sha256', good)),
      step('Guardian Office', 'office.msi', digest('sha256', good)),
    ];
    const identity = { edition: 'gov-base', version: '2026.11.0', lockSha256 };
    putJson(windowsDevicePaths.firstBoot, { schema: 'imprint/first-boot/v1', ...identity, steps });
    const device = newDevice();

    expect(await device.json('first-boot', '--dry-run')).toMatchObject([
      { did: 'would-perform', state: 'failing' },
      { did: 'would-perform', state: 'failing' },
    ]);
    expect(await registryValue('HKLM\\SOFTWARE\\Example\\Guardian Office', 'Installed')).toBeUndefined();
    expect(await device.json('first-boot')).toMatchObject([
      { id: 'install:Guardian Cipher', did: 'refused', state: 'failing', code: 'AGENT_PAYLOAD_DIGEST' },
      { id: 'install:Guardian Office', did: 'performed', state: 'ok' },
    ]);
    expect(await registryValue('HKLM\\SOFTWARE\\Example\\Guardian Office', 'Installed')).toBe('0x1');
    expect(await registryValue('HKLM\\SOFTWARE\\Example\\Guardian Office', 'Purpose')).toBe('official use');
    expect(readFileSync(join(wine.drive, 'Program Files/Guardian Office/readme.txt'), 'utf8')).toBe(
      'Guardian Office\n',
    );
    expect(await registryValue('HKLM\\SOFTWARE\\Example\\Guardian Cipher', 'Installed')).toBeUndefined();

    const { report } = await device.json('status');
    expect(report.firstBoot).toMatchObject([
      {
        id: 'install:Guardian Cipher',
        state: 'failing',
        reason: expect.stringContaining('AGENT_PAYLOAD_DIGEST'),
      },
      { id: 'install:Guardian Office', state: 'ok' },
    ]);
    expect((await device.json('first-boot'))[1]).toMatchObject({ did: 'nothing', state: 'ok' });
    rmSync(onDrive(windowsDevicePaths.firstBoot));
  }, 180_000);
});
