import { readQrText } from '@imprint/protocol';
import { editionTag, readTypedRequest, typedFactKinds } from '@imprint/trust';
import {
  isWithin,
  onBehalfOf,
  serviceContext,
  transactOrRehearse,
} from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import { type Item, settleBatch } from './batch.ts';
import { carriersOf } from './carriers.ts';
import { granted, type LeaseDesk, licenceKeyOf } from './desk.ts';
import { activationError } from './errors.ts';
import { leaseAnswer, leaseClaims, overageNote } from './lease.ts';
import { type ReadAsk, readLeaseRequest, sha256Of } from './messages.ts';
import type { OfflineLeaseAnswer } from './model.ts';
import { listEditions } from './store.ts';
import { dayMs } from './terms.ts';

const oldestDays = 90;

/**
 * Answers a request that was carried here, as a file, a QR code's text or a typed code, for a device of an agency the asker
 * names. The same request again gets the same answer. A rehearsal says what would be answered, without a lease.
 * @throws ORGANISATION_AGENCY_UNKNOWN, LICENSING_REQUEST_EXPIRED, LICENSING_ENROLLED_ELSEWHERE, TRUST_CODE_*, the codes of `readLeaseRequest` and of the desk
 */
export async function answerOffline(
  context: LicensingContext,
  desk: LeaseDesk,
  access: Access,
  wanted: { readonly request: string; readonly agencyId: string; readonly dryRun: boolean },
): Promise<OfflineLeaseAnswer> {
  const key = await licenceKeyOf(context);
  const agencyPath = await context.database.transaction(access, (trx) => agencyPathOf(trx, wanted.agencyId));
  if (!isWithin(access, agencyPath)) throw new RangeError('an agency outside of the asker’s was visible');
  const { ask, origin } = await readCarried(context, wanted.request.trim());
  await checkEnrolled(context, access, ask.deviceId);
  const { actor, agencyPath: within } = access;
  const item: Item = { ...ask, origin, agencyPath, within, actor };
  if (wanted.dryRun) return rehearse(context, access, item);
  const { row, terms, overage } = await desk.settle(item);
  const claims = leaseClaims(row, terms);
  const answer = leaseAnswer(claims, row, overage, key);
  return { ...answer, carriers: carriersOf(answer.lease, claims, origin, key) };
}

/** A device that is enrolled elsewhere is not this officer's to seat. @throws LICENSING_ENROLLED_ELSEWHERE */
async function checkEnrolled(context: LicensingContext, access: Access, deviceId: string): Promise<void> {
  const path = await context.database.transaction(onBehalfOf(access), (trx) =>
    context.agencyOfDevice(trx, deviceId),
  );
  if (path !== undefined && !isWithin(access, path)) throw activationError('LICENSING_ENROLLED_ELSEWHERE');
}

async function rehearse(context: LicensingContext, access: Access, item: Item): Promise<OfflineLeaseAnswer> {
  const [outcome] = await transactOrRehearse(context.database, onBehalfOf(access), true, (trx) =>
    settleBatch(trx, context, [item], true),
  );
  if (outcome === undefined) throw activationError('LICENSING_OVERLOADED');
  const { row, overage } = granted(outcome);
  return { valid: true, activation: row.id, ...(overage === undefined ? {} : overageNote(overage)) };
}

/** Reads a request by what it looks like. */
async function readCarried(
  context: LicensingContext,
  text: string,
): Promise<{ ask: ReadAsk; origin: 'offline' | 'typed' }> {
  const jws = readQrText(text)?.jws ?? text;
  if (jws.split('.').length !== 3) return { ask: await readTyped(context, text), origin: 'typed' };
  const ask = await readLeaseRequest(jws);
  const ageMs = context.clock.now().getTime() - ask.issuedAt.getTime();
  if (ageMs > oldestDays * dayMs) {
    throw activationError('LICENSING_REQUEST_EXPIRED', {
      days: oldestDays,
      issuedAt: ask.issuedAt.toISOString(),
    });
  }
  return { ask, origin: 'offline' };
}

/**
 * Reads a typed code. It carries no signature and no time: the person who types it answers for it, and its lease is worth
 * nothing on another device.
 */
async function readTyped(context: LicensingContext, text: string): Promise<ReadAsk> {
  const { deviceId, deviceClass, generation, nonce, facts, rebind, editionTag: tag } = readTypedRequest(text);
  const editions = await context.database.transaction(serviceContext('leases'), listEditions);
  const edition = editions.find((name) => editionTag(name) === tag);
  if (edition === undefined) {
    throw activationError('LICENSING_NOT_ENTITLED', { edition: `edition ${tag}`, deviceClass });
  }
  const issuedAt = context.clock.now();
  const carried = typedFactKinds;
  const isRebind = rebind === true;
  return {
    deviceId,
    deviceClass,
    generation,
    nonce,
    facts,
    edition,
    issuedAt,
    carried,
    isRebind,
    sha256: sha256Of(text),
  };
}
