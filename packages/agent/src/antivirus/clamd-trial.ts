import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { askClamd } from '../observe/clamd.ts';
import { inTrialDirectory } from './test-file.ts';

const program = '/usr/sbin/clamd';
const loadMs = 180_000;
const pollMs = 100;
const keptOutput = 2_000;

const settings = (directory: string, databases: string): string =>
  [
    'Foreground yes',
    `LocalSocket ${join(directory, 'clamd.ctl')}`,
    `DatabaseDirectory ${databases}`,
    `TemporaryDirectory ${directory}`,
    'User root',
    'SelfCheck 0',
    '',
  ].join('\n');

/** The last thing clamd said, in one line. */
const lastWord = (output: string): string =>
  output.trim().split('\n').at(-1)?.slice(0, 200) ?? 'no word of clamd';

/**
 * Loads a directory of databases into a clamd of its own and hands its socket to `action`; `refused` hears why it did not load.
 * The clamd that protects is not touched.
 */
export function withTrialClamd<T>(
  parent: string,
  databases: string,
  action: (socketPath: string) => Promise<T>,
  refused: (reason: string) => Error,
): Promise<T> {
  return inTrialDirectory(parent, async (directory) => {
    const file = join(directory, 'clamd.conf');
    writeFileSync(file, settings(directory, databases));
    chmodSync(directory, 0o700);
    const child = spawn(program, ['--config-file', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-keptOutput);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let end: string | undefined;
    const ended = new Promise<void>((resolve) => {
      const finish = (reason: string) => {
        end ??= reason;
        resolve();
      };
      child.on('error', (error) => finish(error.message));
      child.on('exit', () => finish(lastWord(output)));
    });
    try {
      const socketPath = join(directory, 'clamd.ctl');
      for (let waitedMs = 0; (await askClamd(socketPath, 'PING')) === undefined; waitedMs += pollMs) {
        if (end !== undefined) throw refused(end);
        if (waitedMs >= loadMs) throw refused(`nothing within ${loadMs / 1000} s`);
        await setTimeout(pollMs);
      }
      return await action(socketPath);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
}
