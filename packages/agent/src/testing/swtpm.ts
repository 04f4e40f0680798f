import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** An emulated TPM 2.0 of its own, with its own seeds. */
export interface EmulatedTpm {
  readonly tcti: string;
  stop(): Promise<void>;
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** Starts swtpm on a socket in a directory that goes with it. */
export async function startTpm(): Promise<EmulatedTpm> {
  const home = mkdtempSync(join(tmpdir(), 'imprint-tpm-'));
  const socket = join(home, 'tpm');
  // tpm2-tools find the control channel by this name.
  const control = `${socket}.ctrl`;
  const child = spawn(
    'swtpm',
    [
      'socket',
      '--tpm2',
      '--tpmstate',
      `dir=${home}`,
      '--server',
      `type=unixio,path=${socket}`,
      '--ctrl',
      `type=unixio,path=${control}`,
      '--flags',
      'not-need-init,startup-clear',
    ],
    { stdio: 'ignore' },
  );
  for (let attempt = 0; !existsSync(socket) && child.exitCode === null && attempt < 500; attempt += 1) {
    await setTimeout(10);
  }
  return {
    tcti: `swtpm:path=${socket}`,
    stop: async () => {
      child.kill();
      await ended(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
