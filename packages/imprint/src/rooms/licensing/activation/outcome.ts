import type { ErrorParams } from '@imprint/protocol';
import type { ActivationRow } from '../tables.ts';
import type { ActivationCode } from './errors.ts';
import type { Refusal, Renewal } from './rules.ts';
import type { Terms } from './terms.ts';

/** What was done about a request. */
export type Act = Renewal | 'repeat' | 'activate' | 'revive' | 're-image' | 'move';

export interface Granted {
  readonly ok: true;
  readonly act: Act;
  readonly row: ActivationRow;
  readonly terms: Terms;
  /** The activation whose seat this device no longer holds. */
  readonly left?: ActivationRow;
}

export interface Refused {
  readonly ok: false;
  readonly code: ActivationCode;
  readonly params: ErrorParams;
  /** What the refusal changed nevertheless. */
  readonly act?: 'suspect-duplicate';
  readonly row?: ActivationRow;
}

export type Settled = Granted | Refused;

/** The instant of the work, and where ids of new activations come from. */
export interface Occasion {
  readonly now: Date;
  readonly id: () => string;
}

export const refused = ({ refuse, params = {} }: Refusal): Refused => ({ ok: false, code: refuse, params });

/** The refusal of a device or machine whose activation was revoked. */
export function revoked(row: ActivationRow): Refused {
  const params = { revokedAt: row.ended_at?.toISOString() ?? '', reason: row.ended_reason ?? '' };
  return refused({ refuse: 'LICENSING_REVOKED', params });
}
