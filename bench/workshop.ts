import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeLock, readLock } from '@imprint/edition';
import { type DebianLock, isWindowsLock } from '@imprint/protocol';
import { type Cost, measureCommand } from './measure.ts';

const root = resolve(import.meta.dirname, '..');
const main = join(root, 'packages/imprint/src/main.ts');

/** A place to build in: a home of its own, with the sample edition locked and everything fetched. */
export interface Workshop {
  readonly directory: string;
  readonly home: string;
  readonly lock: DebianLock;
  readonly lockFile: string;
  imprint(...args: string[]): Promise<Cost>;
  /** Builds with one policy changed, to a value not built before. */
  buildWithOtherPolicy(): Promise<Cost>;
  /** Forgets all layers, outputs and builds; what was fetched stays. */
  forgetBuilds(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  const home = join(directory, 'home');
  const lockFile = join(directory, 'edition.lock.json');
  const imprint = (...args: string[]) =>
    measureCommand(process.execPath, [main, ...args, '--home', home], { cwd: root });
  execFileSync(process.execPath, [join(root, 'tools/build-agent.ts')], { cwd: root, stdio: 'ignore' });
  await mkdir(home, { recursive: true });
  const definitions = ['editions/gov-base/antivirus', '--out', 'dist/antivirus', '--keep'];
  await imprint('antivirus', 'pack', ...definitions);
  await imprint('edition', 'lock', join(root, 'editions/gov-base'), '--out', lockFile);
  const lock = await readLock(lockFile);
  if (isWindowsLock(lock)) throw new TypeError('the sample is a Debian edition');
  let minutes = 10;
  return {
    directory,
    home,
    lock,
    lockFile,
    imprint,
    async buildWithOtherPolicy() {
      minutes += 1;
      const file = join(directory, `policy-${minutes}.lock.json`);
      const policy = { ...lock.manifest.policy, screenLock: `${minutes}m` };
      await writeFile(file, encodeLock({ ...lock, manifest: { ...lock.manifest, policy } }));
      return imprint('edition', 'build', file);
    },
    async forgetBuilds() {
      for (const name of ['layers', 'builds', 'outputs', 'cache', 'tools'])
        await rm(join(home, name), { recursive: true, force: true });
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The directory of the sample edition's build, made now if it does not stand. */
export async function buildOf({ home, lockFile }: Workshop): Promise<string> {
  const answer = execFileSync(
    process.execPath,
    [main, 'edition', 'build', lockFile, '--home', home, '--json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return (JSON.parse(answer) as { directory: string }).directory;
}
