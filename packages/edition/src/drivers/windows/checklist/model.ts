import type { BuildRecord, WimIntegrityManifest } from '@imprint/protocol';
import { Instant, Name, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import type { WindowsBuildPlan } from '../../../plan/model.ts';

const strict = { additionalProperties: false } as const;
const limited = Type.String({ maxLength: 4000 });

/** What a look at one thing showed, as the tool or interface gave it. */
const Fact = Type.Union([
  limited,
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(limited, { maxItems: 2000 }),
]);

const ChecklistItem = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 1000 }),
    /** `failed`: looking did not work, which says nothing about the thing · `not-run`: nobody looked. */
    state: Type.Union([Type.Literal('observed'), Type.Literal('failed'), Type.Literal('not-run')]),
    at: Instant,
    facts: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Fact)),
    reason: Type.Optional(limited),
  },
  strict,
);
export type ChecklistItem = Static<typeof ChecklistItem>;

/** What the checklist script writes: raw facts with their times, and no judgement. */
export const DeviceChecklistReport = Type.Object(
  {
    schema: Type.Literal('imprint/device-checklist/v1'),
    mode: Type.Union([Type.Literal('image'), Type.Literal('device')]),
    /** The build the script was made from; `checklistSha256` names all that it was to look at. */
    build: Type.Object(
      { edition: Name, version: Type.String(), lockSha256: Sha256, checklistSha256: Sha256 },
      strict,
    ),
    machine: Type.Object(
      {
        /** For instance `10.0.19045.4291`. */
        osVersion: limited,
        editionId: limited,
        elevated: Type.Boolean(),
      },
      strict,
    ),
    tools: Type.Record(Type.String({ maxLength: 100 }), limited),
    startedAt: Instant,
    finishedAt: Instant,
    items: Type.Array(ChecklistItem, { maxItems: 20_000 }),
  },
  strict,
);
export type DeviceChecklistReport = Static<typeof DeviceChecklistReport>;

/** The build a checklist is about. */
export interface ChecklistSubject {
  readonly record: BuildRecord;
  readonly plan: WindowsBuildPlan;
  readonly integrity: WimIntegrityManifest;
  /** SHA-1 of the edition's own authorities, upper-case hex, as Windows names them. */
  readonly roots: readonly string[];
}
