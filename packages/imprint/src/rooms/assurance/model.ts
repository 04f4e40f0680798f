import { Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';

/** What happened, told to the log by another room. Digests and ids only: nothing that names a person. */
export interface AssuranceEvent {
  readonly at: Date;
  /** `<room>.<verb>`, as `fleet.enrol`. */
  readonly action: string;
  /** `token:<id>`, `device:<id>` or `service:<part>`. */
  readonly actor: string;
  readonly agencyPath: string;
  /** `<kind>:<id>` of the thing acted on. */
  readonly subject: string;
  /** SHA-256 digests of the documents the act rests on, by name. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** One link of the chain: `hash` covers all other members, `previous` is the entry's before it. */
export const Entry = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  at: Type.String({ format: 'date-time' }),
  action: Type.String(),
  actor: Type.String(),
  agencyPath: Type.String(),
  subject: Type.String(),
  digests: Type.Record(Type.String(), Sha256),
  previous: Sha256,
  hash: Sha256,
});
export type Entry = Static<typeof Entry>;

/** What verifying the chain found; `seq` names the first entry that does not hold. */
export const Verification = Type.Object({
  intact: Type.Boolean(),
  entries: Type.Integer(),
  head: Sha256,
  broken: Type.Optional(
    Type.Object({
      seq: Type.Integer(),
      reason: Type.Union([
        Type.Literal('missing'),
        Type.Literal('changed'),
        Type.Literal('unlinked'),
        Type.Literal('cut'),
      ]),
    }),
  ),
});
export type Verification = Static<typeof Verification>;

export const emptyHead = '0'.repeat(64);
