import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type AntivirusProvider, type DefinitionsManifest, definitionsPath } from '@imprint/protocol';
import { encodeEnvelope, sha256Hex, signDefinitions } from '@imprint/trust';
import { testFile } from '../antivirus/test-file.ts';
import { askClamd, scanStream } from '../observe/clamd.ts';
import { blobPath } from '../release/evidence.ts';
import { antivirusDirectiveRecord, releaseRecord } from '../state/records.ts';
import { lockSha256, type TestDevice } from './device.ts';
import { type Ceremony, pinRoot } from './repository.ts';
import type { TestServer } from './server.ts';

/** The MD5 of the test file, and one of nothing anybody has. Source: ClamAV manual, "File hash signatures". */
export const knowsTestFile = '44d88612fea8a8f36de82e1278abb02f:68:Imprint.Test.Eicar\n';
export const knowsNothing = `${'0'.repeat(32)}:1:Imprint.Test.Nothing\n`;

/**
 * What stands in for systemd below a root: it starts the real clamd and clamonacc, and refuses what is masked. Units that are
 * always refused to stop are listed in `/run/stubborn`. The root's `/proc` shows what it started and nothing else.
 */
const systemctl = (root: string): string => `#!/usr/bin/python3 -IS
import os, signal, subprocess, sys, time
root = ${JSON.stringify(root)}
commands = {
  'clamav-daemon.service': ['/usr/sbin/clamd', '--config-file=' + root + '/etc/clamav/clamd.conf'],
  'clamav-clamonacc.service': ['/usr/sbin/clamonacc', '--foreground', '--fdpass',
    '--config-file=' + root + '/etc/clamav/clamd.conf'],
}
pid_file = lambda unit: root + '/run/' + unit + '.pid'
mask = lambda unit: root + '/etc/systemd/system/' + unit
def running(unit):
  try:
    pid = int(open(pid_file(unit)).read())
    return pid if b'Z' not in open('/proc/%d/stat' % pid, 'rb').read().split(b')')[1][:3] else None
  except (OSError, ValueError, IndexError):
    return None
def start(unit):
  if unit not in commands or os.path.islink(mask(unit)): return 1
  if running(unit): return 0
  log = open(root + '/run/' + unit + '.log', 'ab')
  child = subprocess.Popen(commands[unit], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
  open(pid_file(unit), 'w').write(str(child.pid))
  os.symlink('/proc/%d' % child.pid, root + '/proc/%d' % child.pid)
  if unit == 'clamav-clamonacc.service': time.sleep(0.3)
  return 0
def stop(unit):
  try:
    if unit in open(root + '/run/stubborn').read().split(): return
  except OSError: pass
  pid = running(unit)
  if pid is None: return
  try:
    os.kill(pid, signal.SIGKILL)
    while running(unit): time.sleep(0.05)
  except ProcessLookupError: pass
verb, units = sys.argv[1], [one for one in sys.argv[2:] if not one.startswith('-')]
status = 0
for unit in units:
  if verb == 'unmask':
    if os.path.islink(mask(unit)): os.unlink(mask(unit))
  elif verb == 'mask':
    if not os.path.islink(mask(unit)): os.symlink('/dev/null', mask(unit))
    if '--now' in sys.argv: stop(unit)
  elif verb == 'start': status = status or start(unit)
  elif verb == 'stop': stop(unit)
sys.exit(status)
`;

/** A second provider as a supplier would ship it: a small scanner of its own, and the program that answers the contract. */
const guard = `#!/usr/bin/python3 -IS
import binascii, json, os, signal, socket, sys, time
try: from _sha256 import sha256
except ImportError: from hashlib import sha256
here = os.path.realpath(sys.argv[0])
root = here[:-len('/usr/lib/imprint/antivirus/guard')]
state, sock = root + '/var/lib/guard', root + '/run/guard.sock'
def load(directory):
  known = {}
  for name in sorted(os.listdir(directory)):
    if name.endswith('.sha256'):
      for line in open(directory + '/' + name):
        digest, signature = line.split()
        known[digest] = signature
  if not known: raise SystemExit('no signatures')
  return known
def judge(data, known): return known.get(sha256(data).hexdigest())
def ask(data):
  with socket.socket(socket.AF_UNIX) as s:
    s.settimeout(5); s.connect(sock); s.sendall(data); s.shutdown(socket.SHUT_WR)
    return s.recv(4096).decode()
def answers():
  try: return ask(b'') == 'OK'
  except OSError: return False
def serve():
  if os.path.exists(sock): os.unlink(sock)
  server = socket.socket(socket.AF_UNIX); server.bind(sock); server.listen(64)
  while True:
    peer, _ = server.accept()
    try:
      data = b''
      while True:
        part = peer.recv(65536)
        if not part: break
        data += part
      peer.sendall((judge(data, load(state)) or 'OK').encode())
    except OSError: pass
    peer.close()
verb, given = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
if verb == 'serve': serve()
out = {}
if verb == 'detect': out = {'isOn': answers(), 'realTime': answers()}
elif verb == 'health': out = {'isHealthy': answers(), **({} if answers() else {'reason': 'it does not answer'})}
elif verb == 'enable':
  if os.path.exists(state + '/broken'): sys.exit(3)
  if not answers():
    null = os.open('/dev/null', os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    pid = os.posix_spawn(here, [here, 'serve'], os.environ, file_actions=actions, setsid=True)
    open(root + '/run/guard.pid', 'w').write(str(pid))
    for _ in range(100):
      if answers(): break
      time.sleep(0.05)
elif verb in ('disable', 'remove') and answers():
  try: os.kill(int(open(root + '/run/guard.pid').read()), signal.SIGKILL)
  except (OSError, ValueError): pass
  for _ in range(100):
    if not answers(): break
    time.sleep(0.02)
elif verb == 'scan':
  data = binascii.a2b_base64(given['stream']) if 'stream' in given else open(given['path'], 'rb').read()
  found = judge(data, load(state))
  out = {'signature': found} if found else {}
elif verb == 'definitions':
  if given['act'] == 'holds':
    out = {'isHeld': all(os.path.exists(state + '/' + f['name']) and
      sha256(open(state + '/' + f['name'], 'rb').read()).hexdigest() == f['sha256'] for f in given['files'])}
  elif given['act'] == 'test': load(given['directory'])
  else:
    for name in given['files']:
      data = open(given['directory'] + '/' + name, 'rb').read()
      open(state + '/.' + name, 'wb').write(data); os.rename(state + '/.' + name, state + '/' + name)
    for name in given['retired']:
      if os.path.exists(state + '/' + name): os.unlink(state + '/' + name)
elif verb == 'detections':
  out = {'detections': [{'at': '2026-11-23T05:00:00Z', 'path': '/home/a/x', 'signature': 'Guard.Test'}]}
json.dump(out, sys.stdout)
`;

const guardSha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

/** Builds the second provider's package. */
export function buildGuard(directory: string, version = '2.1'): Buffer {
  const tree = join(directory, `guard-${version}`);
  const program = join(tree, 'usr/lib/imprint/antivirus/guard');
  for (const place of ['DEBIAN', 'usr/lib/imprint/antivirus', 'var/lib/guard'])
    mkdirSync(join(tree, place), { recursive: true, mode: 0o755 });
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    `Package: guard-antivirus\nVersion: ${version}\nArchitecture: all\nMaintainer: Guard <guard@guard.invalid>\nDescription: a scanner for the tests\n`,
  );
  writeFileSync(program, guard);
  chmodSync(program, 0o755);
  writeFileSync(join(tree, 'var/lib/guard/base.sha256'), `${guardSha256} Guard.Test.Eicar\n`);
  const file = join(directory, `guard-${version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, file], { stdio: 'ignore' });
  return readFileSync(file);
}

export const clamavRecord: AntivirusProvider = {
  name: 'clamav',
  title: { en: 'ClamAV', 'zh-CN': 'ClamAV' },
  supplier: 'Debian',
  adapter: 'clamav',
  approvedUntil: '2027-12-31T00:00:00Z',
  sendsOut: [],
};

/** The second provider as a release would allow it. */
export const guardRecord = (deb: Uint8Array, version = '2.1'): AntivirusProvider => ({
  name: 'guard',
  title: { en: 'Guard', 'zh-CN': '卫士' },
  supplier: 'Guard',
  adapter: 'script',
  approvedUntil: '2027-12-31T00:00:00Z',
  sendsOut: [{ en: 'digests of suspicious files', 'zh-CN': '可疑文件的摘要' }],
  installer: { package: 'guard-antivirus', version, sha256: sha256Hex(deb), sizeBytes: deb.length },
});

/** Lays out the files of an image with ClamAV, its definitions in it, below the device's root. */
function layOutClamav(device: TestDevice): void {
  const { root } = device;
  for (const place of ['run/clamav', 'tmp', 'home/watched', 'var/log/clamav', 'var/lib/clamav', 'proc'])
    mkdirSync(join(root, place), { recursive: true, mode: 0o755 });
  for (const place of [
    'etc/systemd/system',
    'var/lib/dpkg/info',
    'var/lib/dpkg/updates',
    'var/lib/dpkg/triggers',
  ])
    mkdirSync(join(root, place), { recursive: true, mode: 0o755 });
  const status = `Package: clamav-daemon\nStatus: install ok installed\nMaintainer: x <x@x.invalid>\nArchitecture: amd64\nVersion: 1.4.6\nDescription: scanner\n`;
  device.put('/var/lib/dpkg/status', status);
  device.put('/var/lib/dpkg/info/clamav-daemon.list', '/.\n');
  device.put('/var/lib/dpkg/available', '');
  device.put('/var/lib/clamav/gov.hdb', knowsTestFile);
  device.put('/etc/clamav/clamd.conf', clamdConf(root));
  device.put('/sbin/systemctl', systemctl(root), 0o755);
}

/** The daemon runs as root here: its own account could not pass a test's private directories. */
const clamdConf = (root: string): string =>
  [
    'Foreground yes',
    'User root',
    `LocalSocket ${root}/run/clamav/clamd.ctl`,
    `DatabaseDirectory ${root}/var/lib/clamav`,
    `LogFile ${root}/var/log/clamav/clamav.log`,
    'LogTime yes',
    `OnAccessIncludePath ${root}/home/watched`,
    'OnAccessPrevention yes',
    'OnAccessExcludeUname clamav',
    '',
  ].join('\n');

/** Has the device believe a release that allows these providers, and serves their installers. */
export function allow(
  device: TestDevice,
  server: TestServer,
  providers: readonly AntivirusProvider[],
  debs: readonly Uint8Array[] = [],
): void {
  releaseRecord.save(device.files, {
    checkedAt: device.now().toISOString(),
    outcome: 'verified',
    release: {
      version: '2026.11.0',
      sequence: 1,
      sha256: 'ef'.repeat(32),
      lockSha256,
      expiresAt: '2027-12-01T00:00:00Z',
      signedBy: [],
      evidence: [],
      antivirusProviders: providers,
    },
  });
  for (const deb of debs) server.tree.set(blobPath(sha256Hex(deb)), deb);
}

export const direct = (device: TestDevice, provider: string, definitionsRing = 'broad'): void =>
  antivirusDirectiveRecord.save(device.files, { provider, definitionsRing });

/** Publishes a signed definitions set the way the release room does. */
export function publishSet(
  server: TestServer,
  ceremony: Ceremony,
  files: Readonly<Record<string, string>>,
  changes: Partial<DefinitionsManifest> = {},
  signers = ceremony.definitions,
): DefinitionsManifest {
  const manifest: DefinitionsManifest = {
    schema: 'imprint/definitions/v1',
    edition: 'gov-base',
    provider: 'clamav',
    ring: 'broad',
    version: '2026.11.23-1',
    sequence: 1,
    builtAt: '2026-11-23T00:00:00Z',
    files: Object.entries(files).map(([name, text]) => ({
      name,
      sha256: sha256Hex(Buffer.from(text)),
      sizeBytes: Buffer.byteLength(text),
    })),
    ...changes,
  };
  for (const text of Object.values(files))
    server.tree.set(blobPath(sha256Hex(Buffer.from(text))), Buffer.from(text));
  const { edition, provider, ring } = manifest;
  const envelope = encodeEnvelope(signDefinitions(manifest, signers));
  server.tree.set(definitionsPath(edition, provider, ring), envelope);
  return manifest;
}

/** Runs the lab's service manager, as systemd would. */
export const manage = (device: TestDevice, ...args: string[]): void => {
  execFileSync(join(device.root, 'sbin/systemctl'), args, { stdio: 'ignore' });
};

/** Calls the second provider's own program. */
export const callGuard = (device: TestDevice, verb: string): void => {
  const program = join(device.root, 'usr/lib/imprint/antivirus/guard');
  if (existsSync(program)) execFileSync(program, [verb, '{}'], { stdio: 'ignore' });
};

/** Starts ClamAV as an image does at boot, and waits until it protects. */
export async function bootClamav(device: TestDevice): Promise<void> {
  manage(device, 'start', 'clamav-daemon.service');
  const socket = join(device.root, 'run/clamav/clamd.ctl');
  for (let tries = 0; (await askClamd(socket, 'PING')) === undefined; tries += 1) {
    if (tries > 300)
      throw new Error(readFileSync(join(device.root, 'run/clamav-daemon.service.log'), 'utf8'));
    await setTimeout(100);
  }
  manage(device, 'start', 'clamav-clamonacc.service');
}

export function shutDown(device: TestDevice): void {
  writeFileSync(join(device.root, 'run/stubborn'), '');
  manage(device, 'stop', 'clamav-clamonacc.service', 'clamav-daemon.service');
  callGuard(device, 'disable');
}

/** Who finds the test file right now, by asking each of them: real detections, not states. */
export async function whoProtects(device: TestDevice): Promise<string[]> {
  const found = await scanStream(join(device.root, 'run/clamav/clamd.ctl'), testFile());
  const guardFinds = await askGuard(join(device.root, 'run/guard.sock'), testFile());
  return [...(found?.endsWith('FOUND') === true ? ['clamav'] : []), ...(guardFinds ? ['guard'] : [])];
}

/** Whether the second provider's scanner finds something in bytes. */
const askGuard = (socketPath: string, bytes: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    socket.on('error', () => resolve(false));
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('end', () => {
      socket.destroy();
      resolve(answer.includes('Eicar'));
    });
    socket.end(bytes);
  });

/** What the device's agent is run with in a process of its own: everything a killed run leaves behind is on the disk. */
export function agentFile(device: TestDevice, server: TestServer): string {
  const file = join(device.stateDir, '..', 'agent.json');
  writeFileSync(file, JSON.stringify({ root: device.root, stateDir: device.stateDir, server: server.url }));
  return file;
}

/** Pins the root and keeps the test's programs where the root expects them. */
export function prepare(device: TestDevice, ceremony: Ceremony): void {
  pinRoot(device, ceremony);
  layOutClamav(device);
  copyFileSync('/etc/hostname', join(device.root, 'etc/hostname'));
}
