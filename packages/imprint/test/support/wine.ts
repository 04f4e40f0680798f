import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WineRun {
  /** Nothing to build on: Wine's stubs end with 0 and do nothing. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Windows 10 of a test's own, as far as Wine is one. */
export interface Wine {
  /** The folder that is `C:\`. */
  readonly drive: string;
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<WineRun>;
  stop(): void;
}

const binaries = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine64-stable'];
const servers = ['/usr/lib/wine/wineserver64', '/usr/lib/wine/wineserver', '/usr/bin/wineserver'];

function firstOf(paths: readonly string[]): string {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`expected one of ${paths.join(', ')}: install wine64`);
  return found;
}

/** Nothing of the caller's environment gets in: it would name other authorities, proxies and folders. */
const environmentOf = (prefix: string): Record<string, string> => ({
  HOME: prefix,
  PATH: '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  WINEPREFIX: prefix,
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
});

/** A Node under Wine cannot write to a pipe of the host: both streams go to files. */
function runIn(
  prefix: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<WineRun> {
  const folder = mkdtempSync(join(prefix, 'output-'));
  const [out, error] = [join(folder, 'stdout'), join(folder, 'stderr')];
  const descriptors = [openSync(out, 'w'), openSync(error, 'w')] as const;
  const child = spawn(firstOf(binaries), [program, ...args], {
    stdio: ['ignore', ...descriptors],
    cwd: folder,
    env: { ...environmentOf(prefix), ...env },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exit) => {
      for (const descriptor of descriptors) closeSync(descriptor);
      resolve({ exit, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(error, 'utf8') });
    });
  });
}

/** Makes a new Windows 10 below the temporary directory. @throws Error where Wine is not installed */
export async function startWine(): Promise<Wine> {
  const prefix = mkdtempSync(join(tmpdir(), 'imprint-wine-'));
  const drive = join(prefix, 'drive_c');
  await runIn(prefix, 'wineboot', ['-i'], {});
  // It begins as Windows 7, where Node refuses to start.
  await runIn(prefix, 'winecfg', ['-v', 'win10'], {});
  mkdirSync(join(drive, 'Program Files'), { recursive: true });
  return {
    drive,
    run: (program, args, env = {}) => runIn(prefix, program, args, env),
    stop: () => {
      spawnSync(firstOf(servers), ['-k'], { env: environmentOf(prefix), stdio: 'ignore' });
      rmSync(prefix, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
