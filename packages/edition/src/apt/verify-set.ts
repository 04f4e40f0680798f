import { join } from 'node:path';
import { prepareApt, updateIndexes } from '../lock/apt.ts';
import { closeAptRun } from '../lock/apt-run.ts';
import { solve } from '../lock/solve.ts';
import { aptError } from './errors.ts';
import type { SuitePackage } from './model.ts';

/**
 * Asks apt itself, with a staged repository as its only one, to install the whole set on an empty system; the signature
 * is checked on the way.
 *
 * @throws APT_SET_NOT_CLOSED, LOCK_ARCHIVE_SIGNATURE, LOCK_ARCHIVE_EXPIRED
 */
export async function verifySet(
  stage: string,
  ring: string,
  keyring: string,
  packages: readonly SuitePackage[],
  signal?: AbortSignal,
): Promise<void> {
  const archives = [{ archive: 'base', mirror: `file://${stage}`, suite: ring } as const];
  const apt = await prepareApt(join(stage, 'cache'), archives, keyring, signal);
  try {
    await updateIndexes(apt);
    const wanted = packages.map(({ name, version }) => `${name}=${version}`);
    const answer = await solve(apt, wanted);
    if ('refusal' in answer) throw aptError('APT_SET_NOT_CLOSED', { suite: ring, reason: answer.refusal });
    const extra = packages.find(({ name, version }) => answer.installed.get(name) !== version);
    if (extra !== undefined) {
      const reason = `${extra.name} ${extra.version} is not among what it would install`;
      throw aptError('APT_SET_NOT_CLOSED', { suite: ring, reason });
    }
  } finally {
    await closeAptRun(apt.run);
  }
}
