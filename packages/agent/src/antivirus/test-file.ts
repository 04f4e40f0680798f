import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';
import type { Provider } from './contract.ts';

/** Directories of ours carry this name: what a provider finds in them is no detection. */
export const trialPrefix = 'imprint-antivirus-';

/**
 * The 68 bytes every scanner knows as the harmless test file, put together here so that no file of ours holds them.
 * Source: EICAR, "Intended use", 2006-05-01.
 */
export const testFile = (): Buffer =>
  Buffer.from(
    ['X5O!P%@AP[4\\PZX54(P^)', '7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join(''),
    'latin1',
  );

/** Runs `action` with a directory that any scanner's account may read, and removes it. */
export async function inTrialDirectory<T>(
  parent: string,
  action: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(parent, trialPrefix));
  try {
    await chmod(directory, 0o755);
    return await action(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A scanner that looks at every file may refuse this one, or take it away, before it is asked about it. */
function isStopped(path: string, bytes: Uint8Array): boolean {
  try {
    writeFileSync(path, bytes);
    chmodSync(path, 0o644);
  } catch (error) {
    if (['EPERM', 'EACCES', 'ENOENT'].includes(systemCode(error) ?? '')) return true;
    throw error;
  }
  return !existsSync(path);
}

/** Has a provider find the test file by path and in a stream. @throws AGENT_ANTIVIRUS_BLIND and what a scan throws */
export async function requireSight(provider: Provider, parent: string): Promise<void> {
  const blind = (how: string) => agentError('AGENT_ANTIVIRUS_BLIND', { provider: provider.name, how });
  const bytes = testFile();
  if ((await provider.scan({ bytes })).signature === undefined) throw blind('in a stream');
  await inTrialDirectory(parent, async (directory) => {
    const path = join(directory, 'test-file.com');
    if (isStopped(path, bytes)) return;
    if ((await provider.scan({ path })).signature === undefined) throw blind('by its path');
  });
}
