import { constants, copyFileSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AntivirusProvider } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { copyToNew, syncDirectory, systemCode } from '../files/durable.ts';
import { askClamd, scanPath, scanStream } from '../observe/clamd.ts';
import { installedPackages } from '../observe/dpkg.ts';
import { clamavDetections } from './clamav-log.ts';
import { withTrialClamd } from './clamd-trial.ts';
import type { DefinitionsOnDisk, Provider, ScanTarget, Verdict } from './contract.ts';
import { hasOnAccessScanner } from './on-access.ts';
import { installPackage, removePackage } from './packages.ts';
import { testFile } from './test-file.ts';

export const databaseDirectory = '/var/lib/clamav';
export const socketFile = '/run/clamav/clamd.ctl';
const daemonPackage = 'clamav-daemon';
const [daemonUnit, onAccessUnit] = ['clamav-daemon.service', 'clamav-clamonacc.service'];
/** The socket alone would start the daemon again. */
const units = [onAccessUnit, 'clamav-daemon.socket', daemonUnit];
const answerMs = 180_000;
const watchMs = 20_000;
const stopMs = 5_000;
const pollMs = 200;
const unitMs = 120_000;

function systemctl(device: Device, name: string, args: readonly string[]): void {
  const result = device.run('systemctl', args, { timeoutMs: unitMs });
  if (result?.status === 0) return;
  const reason = `systemctl ${args.join(' ')}: ${result === undefined ? 'no answer' : `exit status ${result.status}`}`;
  throw agentError('AGENT_ANTIVIRUS_PROVIDER_FAILED', { provider: name, verb: String(args[0]), reason });
}

async function waitFor(limitMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += pollMs) {
    if (await isTrue()) return true;
    await setTimeout(pollMs);
  }
  return isTrue();
}

/** `…: NAME FOUND`, `…: OK` or `…: … ERROR`. Source: clamd(8). */
function verdictOf(name: string, answer: string | undefined): Verdict {
  const failed = (reason: string) =>
    agentError('AGENT_ANTIVIRUS_PROVIDER_FAILED', { provider: name, verb: 'scan', reason });
  if (answer === undefined) throw failed('no answer');
  const signature = /: (\S+) FOUND$/.exec(answer)?.[1];
  if (signature !== undefined) return { signature };
  if (/: OK$/.test(answer)) return {};
  throw failed(answer.replace(/^.*: /, '').slice(0, 200));
}

const ask = (socket: string, target: ScanTarget) =>
  'path' in target ? scanPath(socket, target.path) : scanStream(socket, target.bytes);

function isHeld(
  device: Device,
  { name, sha256 }: DefinitionsOnDisk['files'][number],
  buffer: Buffer,
): boolean {
  try {
    return fileDigest(at(device, join(databaseDirectory, name)), 'sha256', buffer).digest === sha256;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

/** Each file appears whole under its name, by a file that was made anew: the directory belongs to the daemon's account, which could have a link lie there. clamd passes over names that do not end like a database. */
function place(device: Device, { directory, files, retired }: DefinitionsOnDisk): void {
  const databases = at(device, databaseDirectory);
  for (const { name } of files) {
    const temporary = join(databases, `.${name}.imprint-new`);
    rmSync(temporary, { force: true });
    copyToNew(join(directory, name), temporary);
    renameSync(temporary, join(databases, name));
  }
  for (const name of retired) rmSync(join(databases, name), { force: true });
  syncDirectory(databases);
}

/**
 * Runs `action` on a set where clamd may read it: its AppArmor profile allows databases below their own directory alone. What is
 * in a directory there, it does not load by itself.
 */
async function onTrial<T>(
  device: Device,
  { directory, files }: DefinitionsOnDisk,
  action: (databases: string) => Promise<T>,
): Promise<T> {
  const databases = at(device, join(databaseDirectory, '.imprint-trial'));
  rmSync(databases, { recursive: true, force: true });
  mkdirSync(databases, { mode: 0o755 });
  try {
    for (const { name } of files) {
      const [from, to] = [join(directory, name), join(databases, name)];
      try {
        linkSync(from, to);
      } catch {
        copyFileSync(from, to, constants.COPYFILE_EXCL);
      }
    }
    return await action(databases);
  } finally {
    rmSync(databases, { recursive: true, force: true });
  }
}

/** ClamAV by its daemon's socket and units. Source: clamd(8), clamonacc(8). */
export function clamavProvider(device: Device, { name, installer }: AntivirusProvider): Provider {
  const socket = at(device, socketFile);
  const trialParent = at(device, '/tmp');
  const answers = async () => (await askClamd(socket, 'PING')) !== undefined;
  const scanWith = async (databases: string, target: ScanTarget, refused: (reason: string) => Error) =>
    withTrialClamd(
      trialParent,
      databases,
      async (trial) => verdictOf(name, await ask(trial, target)),
      refused,
    );
  return {
    name,
    async detect() {
      const version = installedPackages(device)?.get(installer?.package ?? daemonPackage);
      const isOn = await answers();
      return {
        ...(version === undefined ? {} : { version }),
        isOn,
        realTime: isOn && hasOnAccessScanner(device),
      };
    },
    async install(debFile) {
      if (installer !== undefined) installPackage(device, installer.package, debFile);
    },
    async remove() {
      if (installer !== undefined) removePackage(device, installer.package);
    },
    async enable() {
      systemctl(device, name, ['unmask', ...units]);
      systemctl(device, name, ['start', daemonUnit]);
      if (!(await waitFor(answerMs, answers)))
        throw agentError('AGENT_ANTIVIRUS_NOT_ON', { provider: name, reason: 'clamd does not answer' });
      // Without a daemon that answers it ends at once.
      systemctl(device, name, ['start', onAccessUnit]);
      await waitFor(watchMs, async () => hasOnAccessScanner(device));
    },
    async disable() {
      systemctl(device, name, ['mask', '--now', ...units]);
      await waitFor(stopMs, async () => !(await answers()));
    },
    async health() {
      if (!(await answers())) return { isHealthy: false, reason: 'clamd does not answer' };
      return hasOnAccessScanner(device)
        ? { isHealthy: true }
        : { isHealthy: false, reason: 'clamonacc does not run: files are not looked at as they are opened' };
    },
    async scan(target) {
      if (await answers()) return verdictOf(name, await ask(socket, target));
      const refused = (reason: string) =>
        agentError('AGENT_ANTIVIRUS_PROVIDER_FAILED', { provider: name, verb: 'scan', reason });
      return scanWith(at(device, databaseDirectory), target, refused);
    },
    async definitions(act, set) {
      const refused = (reason: string) =>
        agentError('AGENT_ANTIVIRUS_PROVIDER_FAILED', { provider: name, verb: 'definitions', reason });
      if (act === 'use') {
        try {
          place(device, set);
        } catch (error) {
          const code = systemCode(error);
          throw code === undefined ? error : refused(code);
        }
        if (await answers()) await askClamd(socket, 'RELOAD');
        return;
      }
      const { signature } = await onTrial(device, set, (databases) =>
        scanWith(databases, { bytes: testFile() }, refused),
      );
      if (signature === undefined) throw refused('a set that does not know the test file');
    },
    async holds(files) {
      const buffer = Buffer.allocUnsafe(1024 * 1024);
      return files.every((file) => isHeld(device, file, buffer));
    },
    async detections() {
      return clamavDetections(device);
    },
  };
}
