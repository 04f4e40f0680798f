import type { LeaseAnswer } from '@imprint/protocol';
import { serviceContext } from '../../../platform/database/index.ts';
import { groupCommit } from '../../../platform/group-commit.ts';
import type { LicenceKey, LicensingContext } from '../context.ts';
import { type Item, type Outcome, settleBatch } from './batch.ts';
import { activationError } from './errors.ts';
import { openGate } from './gate.ts';
import { leaseAnswer, leaseClaims } from './lease.ts';
import { readLeaseRequest } from './messages.ts';
import type { Granted } from './outcome.ts';

/** Takes lease requests; `drain` resolves when everything accepted is committed and answered. */
export interface LeaseDesk {
  /**
   * Answers a signed request with a lease; resolves after COMMIT. The lease is made from what is stored, so that a request
   * whose answer was lost gets the same lease when it is sent again.
   * @throws the codes of `activationErrors` and of `readLeaseRequest`
   */
  take(message: string): Promise<LeaseAnswer>;
  /** Decides a request that a person brings, in the same line as all others. */
  settle(item: Item): Promise<Outcome & Granted>;
  drain(): Promise<void>;
  readonly waiting: number;
}

export interface LeaseDeskOptions {
  readonly maxWaiting: number;
  /** Requests that one device may make in an hour. */
  readonly perHour: number;
}

export function openLeaseDesk(context: LicensingContext, options: LeaseDeskOptions): LeaseDesk {
  const pass = openGate(context, options.perHour);
  const commit = groupCommit<Item, Outcome>({
    keyOf: ({ deviceId }) => deviceId,
    flush: (items) => settleAll(context, items),
    overloaded: () => activationError('LICENSING_OVERLOADED'),
    refused: (cause) => activationError('LICENSING_REQUEST_REJECTED', {}, { cause }),
    maxWaiting: options.maxWaiting,
  });
  const settle = async (item: Item) => granted(await commit.add(item));
  return {
    settle,
    take: async (message) => {
      const key = await licenceKeyOf(context);
      const ask = await readLeaseRequest(message);
      await pass(ask.deviceId);
      const actor = `device:${ask.deviceId}`;
      const { row, terms, overage } = await settle({ ...ask, origin: 'online', within: '/', actor });
      return leaseAnswer(leaseClaims(row, terms), row, overage, key);
    },
    drain: () => commit.drain(),
    get waiting() {
      return commit.waiting;
    },
  };
}

/** @throws LICENSING_KEY_MISSING */
export async function licenceKeyOf(context: LicensingContext): Promise<LicenceKey> {
  const key = await context.licenceKey();
  if (key === undefined) throw activationError('LICENSING_KEY_MISSING');
  return key;
}

/** @throws the refusal's code */
export function granted(outcome: Outcome): Outcome & Granted {
  if (!outcome.ok) throw activationError(outcome.code, outcome.params);
  return outcome;
}

const attempts = 5;

/** Settles a batch; what needs seat trees that were not locked, or met the same device elsewhere, is settled again with them. */
async function settleAll(context: LicensingContext, items: readonly Item[]): Promise<Outcome[]> {
  const outcomes = new Map<Item, Outcome>();
  let rest = items;
  for (let attempt = 0; rest.length > 0; attempt += 1) {
    if (attempt === attempts) throw activationError('LICENSING_OVERLOADED');
    const tried = rest;
    try {
      const settled = await context.database.transaction(serviceContext('leases'), (trx) =>
        settleBatch(trx, context, tried, attempt > 0),
      );
      settled.forEach((outcome, index) => {
        const item = tried[index];
        if (outcome !== undefined && item !== undefined) outcomes.set(item, outcome);
      });
    } catch (error) {
      if (!isSameDevice(error) || attempt === attempts - 1) throw error;
    }
    rest = tried.filter((item) => !outcomes.has(item));
  }
  return items.map((item) => outcomes.get(item) as Outcome);
}

/** A unique index: another server has just given this device a seat of other terms. */
function isSameDevice(error: unknown): boolean {
  return error instanceof Error && (error as { code?: string }).code === '23505';
}
