import { canonicalJson, sha256Hex } from '@imprint/trust';
import type { AssuranceEvent } from '../../assurance/index.ts';
import type { ActivationRow } from '../tables.ts';
import type { Act, Refused, Settled } from './outcome.ts';

/** A settled request with who asked and the digest of what was asked. */
export interface Recorded {
  readonly settled: Settled;
  readonly actor: string;
  readonly sha256: string;
}

const actionOf: Record<Exclude<Act, 'repeat' | 'renew' | 'recover'>, string> = {
  activate: 'licensing.activate',
  revive: 'licensing.activate',
  move: 'licensing.activate',
  transfer: 'licensing.activate',
  rebind: 'licensing.rebind',
  're-image': 'licensing.re-image',
  'suspect-duplicate': 'licensing.suspect-duplicate',
};

/** What the log says of a batch: an entry for each seat that changed, and one for all plain renewals together. */
export function eventsOf(batch: readonly Recorded[], at: Date): AssuranceEvent[] {
  const renewed = batch.filter(({ settled }) => settled.ok && isPlain(settled.act));
  return [
    ...batch.flatMap((item) => seatEvents(item, at)),
    ...(renewed.length === 0 ? [] : [renewalEvent(renewed, at)]),
  ];
}

const isPlain = (act: Act) => act === 'renew' || act === 'recover';

function seatEvents({ settled, actor, sha256 }: Recorded, at: Date): AssuranceEvent[] {
  const event = (action: string, row: ActivationRow): AssuranceEvent => ({
    at,
    action,
    actor,
    agencyPath: row.agency_path,
    subject: `activation:${row.id}`,
    digests: { request: sha256 },
  });
  if (!settled.ok) return refusalEvents(settled, event);
  const { act, row, left } = settled;
  if (act === 'repeat' || isPlain(act)) return [];
  const released = left === undefined ? [] : [event('licensing.release', left)];
  return [...released, event(actionOf[act as keyof typeof actionOf], row)];
}

function refusalEvents(
  { act, row }: Refused,
  event: (action: string, row: ActivationRow) => AssuranceEvent,
): AssuranceEvent[] {
  if (act === undefined || row === undefined) return [];
  return [event('licensing.suspect-duplicate', row)];
}

/** The digest is over the canonical lines of activation, generation and request, in the order of the activations. */
function renewalEvent(renewed: readonly Recorded[], at: Date): AssuranceEvent {
  const lines = renewed
    .flatMap(({ settled, sha256 }) =>
      settled.ok ? [{ row: settled.row, line: [settled.row.id, settled.row.generation, sha256] }] : [],
    )
    .sort((a, b) => (a.row.id < b.row.id ? -1 : 1));
  return {
    at,
    action: 'licensing.renew',
    actor: 'service:leases',
    agencyPath: commonPath(lines.map(({ row }) => row.agency_path)),
    subject: `renewals:${lines.length}`,
    digests: { renewals: sha256Hex(canonicalJson(lines.map(({ line }) => line))) },
  };
}

/** The path of the nearest agency at or above all of these. */
export function commonPath(paths: readonly string[]): string {
  let common = paths[0] ?? '/';
  for (const path of paths) {
    while (!path.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common;
}
