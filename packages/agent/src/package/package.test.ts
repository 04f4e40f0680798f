import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentPackage, buildAgentPackage, bundleAgent } from '../../../../tools/agent-package.ts';

const root = join(import.meta.dirname, '../../../..');
let work: string;
let made: AgentPackage;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'imprint-agent-package-'));
  mkdirSync(join(work, 'out'));
  made = await buildAgentPackage({ root, outDir: join(work, 'out') });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The sources alone in another folder, as a second clone has them. */
function cloneSources(): string {
  const clone = join(work, 'another place');
  for (const name of ['protocol', 'trust', 'agent']) {
    cpSync(join(root, 'packages', name), join(clone, 'packages', name), { recursive: true });
  }
  mkdirSync(join(clone, 'node_modules/@imprint'), { recursive: true });
  for (const name of ['protocol', 'trust']) {
    symlinkSync(`../../packages/${name}`, join(clone, 'node_modules/@imprint', name));
  }
  symlinkSync(join(root, 'node_modules/typebox'), join(clone, 'node_modules/typebox'));
  cpSync(join(root, 'node_modules/@noble'), join(clone, 'node_modules/@noble'), { recursive: true });
  cpSync(join(root, 'node_modules/uqr'), join(clone, 'node_modules/uqr'), { recursive: true });
  return clone;
}

describe('the package', () => {
  test('is the same bytes from the same sources in another folder, under another umask', async () => {
    mkdirSync(join(work, 'again'));
    const umask = process.umask(0o077);
    try {
      const again = await buildAgentPackage({ root: cloneSources(), outDir: join(work, 'again') });
      expect(readFileSync(again.deb).equals(readFileSync(made.deb))).toBe(true);
    } finally {
      process.umask(umask);
    }
  });

  test('holds exactly these files, owners and modes', async () => {
    const listing = execFileSync('dpkg-deb', ['-c', made.deb], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    // Sizes change with every line of code; what stands where, and whose it is, does not.
    const stable = listing.replace(/^(\S+ \S+) +\d+ /gm, '$1 ');
    await expect(stable).toMatchFileSnapshot('__golden__/content.txt');
  });

  test('asks for nothing but Node', () => {
    const field = (name: string) =>
      execFileSync('dpkg-deb', ['-f', made.deb, name], { encoding: 'utf8' }).trim();
    expect([field('Package'), field('Architecture'), field('Depends')]).toEqual([
      'imprint-agent',
      'all',
      'nodejs (>= 18)',
    ]);
  });

  test('bundles exactly these modules', async () => {
    const { modules } = await bundleAgent(root, join(work, 'again.mjs'));
    const rows = modules.map(([path, bytes]) => `${String(bytes).padStart(7)}  ${path}`);
    const total = modules.reduce((sum, [, bytes]) => sum + bytes, 0);
    const text = `${rows.join('\n')}\n${String(total).padStart(7)}  total\n`;
    await expect(text).toMatchFileSnapshot('../../deps.golden.txt');
  });

  test('has maintainer scripts that do not fail where there is no systemd', () => {
    const control = join(work, 'control');
    execFileSync('dpkg-deb', ['-e', made.deb, control]);
    for (const [script, argument] of [
      ['postinst', 'configure'],
      ['prerm', 'remove'],
      ['postrm', 'remove'],
    ] as const) {
      const { status } = spawnSync('/bin/sh', ['-eu', join(control, script), argument], {
        env: { PATH: '/nonexistent' },
      });
      expect([script, status]).toEqual([script, 0]);
    }
  });
});

describe('the units', () => {
  test('are what systemd takes, as they are installed', () => {
    const tree = join(work, 'units');
    execFileSync('dpkg-deb', ['-x', made.deb, tree]);
    const units = ['service', 'path', 'timer'].map((kind) => `imprint-agent-patch.${kind}`);
    const verified = spawnSync(
      'systemd-analyze',
      ['verify', `--root=${tree}`, '--recursive-errors=no', 'imprint-agent.service', ...units],
      { encoding: 'utf8' },
    );
    expect([verified.status, verified.stderr]).toEqual([0, '']);
  });

  /** Runs the starter of patch runs with a state directory that holds these files. */
  function startPatch(...names: readonly string[]): string[] {
    const place = mkdtempSync(join(work, 'patch-'));
    writeFileSync(join(place, 'agent'), `#!/bin/sh\necho "agent $*" >>${place}/log\n`, { mode: 0o755 });
    for (const name of [...names, 'patch-due', 'log']) writeFileSync(join(place, name), '');
    const { status } = spawnSync('sh', [join(root, 'packages/agent/debian/agent-patch')], {
      env: {
        ...{ PATH: '/usr/bin:/bin', IMPRINT_AGENT: join(place, 'agent') },
        ...{ RUNTIME_DIRECTORY: place, STATE_DIRECTORY: place },
      },
    });
    expect([status, existsSync(join(place, 'patch-due'))]).toEqual([0, false]);
    return readFileSync(join(place, 'log'), 'utf8').trim().split('\n');
  }

  test('start a patch run only where something is directed or has begun', () => {
    expect(startPatch()).toEqual(['']);
    expect(startPatch('target.json')).toEqual(['agent patch']);
    expect(startPatch('patching.json')).toEqual(['agent patch']);
  });

  test('hand a stop on to the patch run and wait until it has come to its end', async () => {
    const place = mkdtempSync(join(work, 'patch-'));
    const agent = [
      '#!/bin/sh',
      `trap 'touch ${place}/heard' TERM`,
      `touch ${place}/begun`,
      `until [ -e ${place}/heard ]; do sleep 0.05; done`,
      'sleep 0.3',
      `echo "agent $*" >>${place}/log`,
    ];
    writeFileSync(join(place, 'agent'), `${agent.join('\n')}\n`, { mode: 0o755 });
    for (const name of ['target.json', 'antivirus.json']) writeFileSync(join(place, name), '');
    const starter = spawn('sh', [join(root, 'packages/agent/debian/agent-patch')], {
      env: {
        ...{ PATH: '/usr/bin:/bin', IMPRINT_AGENT: join(place, 'agent') },
        ...{ RUNTIME_DIRECTORY: place, STATE_DIRECTORY: place },
      },
    });
    const ended = once(starter, 'exit');
    await expect.poll(() => existsSync(join(place, 'begun')), { timeout: 10_000 }).toBe(true);
    starter.kill('SIGTERM');
    await ended;
    // To its end, and nothing else is begun.
    expect(readFileSync(join(place, 'log'), 'utf8')).toBe('agent patch\n');
  });

  test('of patch runs are not restarted by the package that a patch run installs', () => {
    const place = mkdtempSync(join(work, 'postinst-'));
    const script = readFileSync(join(root, 'packages/agent/debian/postinst'), 'utf8');
    expect(script).toContain('-d /run/systemd/system');
    // As on a system that systemd runs: what is asked of it is written down.
    writeFileSync(join(place, 'systemctl'), `#!/bin/sh\necho "$*" >>${place}/log\n`, { mode: 0o755 });
    writeFileSync(join(place, 'postinst'), script.replace('/run/systemd/system', place));
    spawnSync('sh', [join(place, 'postinst'), 'configure'], { env: { PATH: `${place}:/usr/bin:/bin` } });
    expect(readFileSync(join(place, 'log'), 'utf8').trim().split('\n')).toEqual([
      'daemon-reload',
      'restart imprint-agent.service',
      'restart imprint-agent-patch.path imprint-agent-patch.timer',
    ]);
  });
});

/** The system's own Node, as on a device, and the one the tests run with. */
const nodes = ['/usr/bin/node', process.execPath].filter((path) => existsSync(path));

describe('the bundle', () => {
  test.each(nodes)('runs alone under %s', (node) => {
    const run = (...args: string[]) =>
      spawnSync(node, [made.bundle, ...args], { cwd: work, encoding: 'utf8', env: { LANG: 'C.UTF-8' } });
    expect(run('--version').stdout).toBe('imprint-agent 0.1.0\n');
    expect(run('--help', '--lang', 'zh-CN').stdout).toContain('用法：imprint-agent');
    const refused = run('status', '--root', join(work, 'nowhere'));
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('expected /etc/imprint/agent.json, got nothing (AGENT_SETTINGS_MISSING)'),
    ]);
  });
});

/** Runs the waiting loop with an agent and an uptime of the test's own, until it has called the agent `calls` times. */
function runLoop(next: string, uptimes: readonly number[], calls: number, asleep = 'nothing'): string[] {
  const place = mkdtempSync(join(work, 'loop-'));
  const file = (name: string) => join(place, name);
  const script = (name: string, lines: readonly string[]) =>
    writeFileSync(file(name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  // Each sleep moves the uptime on by its own length, or by what a suspended machine slept besides.
  script('sleep', [
    `echo "sleep $1" >>${file('log')}`,
    `touch ${file(asleep)}`,
    `read -r at <${file('uptime')}`,
    `read -r more <${file('suspended')} || more=0`,
    `echo 0 >${file('suspended')}`,
    `echo $((at + $1 + more)) >${file('uptime')}`,
  ]);
  script('agent', [
    `echo "agent $*" >>${file('log')}`,
    `[ "$(grep -c agent ${file('log')})" -lt ${calls} ] || kill $PPID`,
    next === '' ? ':' : `printf '%s' '${next}' >${file('next-seconds')}`,
  ]);
  const [start = 0, suspended = 0] = uptimes;
  writeFileSync(file('uptime'), `${start}\n`);
  writeFileSync(file('suspended'), `${suspended}\n`);
  spawnSync('sh', [join(root, 'packages/agent/debian/agent-loop')], {
    env: {
      PATH: `${place}:/usr/bin:/bin`,
      IMPRINT_AGENT: file('agent'),
      IMPRINT_UPTIME: file('uptime'),
      RUNTIME_DIRECTORY: place,
    },
    timeout: 20_000,
  });
  return readFileSync(file('log'), 'utf8').trim().split('\n');
}

describe('the waiting loop', () => {
  test('waits as the agent says, in pieces of at most a minute', () => {
    expect(runLoop('130\n', [1000], 2)).toEqual([
      'agent run --startup',
      'sleep 60',
      'sleep 60',
      'sleep 10',
      'agent run',
    ]);
  });

  test('counts the time a suspended machine slept', () => {
    expect(runLoop('7200\n', [1000, 9000], 2)).toEqual(['agent run --startup', 'sleep 60', 'agent run']);
  });

  test('ends its wait when a patch run has something to report', () => {
    expect(runLoop('7200\n', [1000], 2, 'report-due')).toEqual([
      'agent run --startup',
      'sleep 60',
      'agent run',
    ]);
  });

  test('waits five minutes after an agent that died without a word', () => {
    expect(runLoop('', [0], 2).filter((line) => line.startsWith('sleep'))).toHaveLength(5);
  });

  test.each(['soon\n', '-5\n', '\n'])('takes %j as no word', (word) => {
    expect(runLoop(word, [0], 2).filter((line) => line.startsWith('sleep'))).toHaveLength(5);
  });

  test('never waits longer than a day', () => {
    expect(runLoop('99999999\n', [0, 86_340], 2)).toEqual(['agent run --startup', 'sleep 60', 'agent run']);
  });
});
