import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type LicenceToken, licenceTypes, type RevocationClaims, revocationsPath } from '@imprint/protocol';
import { signLicenceToken } from '@imprint/trust';
import { serviceContext } from '../../../platform/database/index.ts';
import { writeDurably } from '../../../platform/files.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import type { LicensingContext } from '../context.ts';
import { listClaims, listDue, maximumListed } from './rules.ts';
import { listedLeases, lockList, readListNumber } from './store.ts';

const maximumBytes = 8 * 1024 * 1024;

/** Publishes the signed list beside the release metadata: when its number has grown, and weekly so that its age can be told. */
export function revocationsJob(context: LicensingContext, repository: string): RepeatedJob {
  return {
    name: 'licensing-revocations',
    everyMs: 3_000,
    run: () => publishRevocations(context, repository),
  };
}

/**
 * Writes the list when it is due. The list's row stays locked from the reading to the renaming: of two servers the one that
 * writes later writes what is newer, and a number never goes back.
 */
export async function publishRevocations(context: LicensingContext, repository: string): Promise<void> {
  const path = join(repository, revocationsPath);
  const service = serviceContext('revocations');
  const dueAt = async (number: number) => listDue(await readPublished(path), number, context.clock.now());
  const seen = await context.database.transaction(service, readListNumber);
  const due = await dueAt(seen);
  if (due === 'ahead') {
    context.log.error(
      { number: seen },
      'the published revocation list is newer than this database: it stays',
    );
  }
  if (due !== 'due') return;
  const key = await context.licenceKey();
  if (key === undefined) {
    if (seen > 0) context.log.warn('the revocation list is due and there is no licence key here to sign it');
    return;
  }
  await context.database.transaction(service, async (trx) => {
    const number = await lockList(trx);
    if ((await dueAt(number)) !== 'due') return;
    const now = context.clock.now();
    const leases = await listedLeases(trx, now, maximumListed + 1);
    if (leases.length > maximumListed) {
      context.log.warn({ maximumListed }, 'the revocation list is full: leases that end first are left out');
    }
    const claims = listClaims(number, leases.slice(0, maximumListed), now);
    const token = signLicenceToken(licenceTypes.revocations, claims, key);
    await writeDurably(path, `${JSON.stringify(token)}\n`);
    context.log.info({ number, revoked: claims.revoked.length }, 'revocation list published');
  });
}

/** Number and time of the list as it stands published; undefined where there is none, or one that nobody could read. */
async function readPublished(path: string): Promise<Pick<RevocationClaims, 'number' | 'iat'> | undefined> {
  const text = await readBounded(path);
  if (text === undefined) return undefined;
  try {
    const { token } = JSON.parse(text) as LicenceToken;
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { number, iat } = JSON.parse(payload) as RevocationClaims;
    return Number.isSafeInteger(number) && Number.isSafeInteger(iat) ? { number, iat } : undefined;
  } catch {
    return undefined;
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > maximumBytes) return undefined;
    return (await handle.readFile()).toString('utf8');
  } finally {
    await handle.close();
  }
}
