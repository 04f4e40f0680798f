import { Instant, Name, Sector, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';

export const RowId = Type.String({ pattern: '^[0-9A-Z]{26}$' });
const AgencyPath = Type.String({ pattern: '^/([0-9A-Z]{26}/){1,20}$' });
const DeviceId = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const Percent = Type.Integer({ minimum: 1, maximum: 100 });
const CalendarDate = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' });
const closed = { additionalProperties: false } as const;

/** One interval of a week: local clock times, days 1 (Monday) to 7; an end at or before the start is on the next day. */
export const WeeklyInterval = Type.Object(
  {
    days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 }),
    from: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }),
    to: Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' }),
  },
  closed,
);

/** When something may happen. An IANA time zone gives the clock; on a holiday no interval begins. */
export const Schedule = Type.Object(
  {
    timeZone: Type.String({ minLength: 1, maxLength: 64 }),
    weekly: Type.Array(WeeklyInterval, { minItems: 1, maxItems: 50 }),
    holidays: Type.Optional(Type.Array(CalendarDate, { maxItems: 400 })),
  },
  closed,
);
export type Schedule = Static<typeof Schedule>;

/** Which devices a ring takes of those that no ring before it took. */
export const Selector = Type.Union([
  Type.Object({ agencyPath: AgencyPath }, closed),
  Type.Object({ devices: Type.Array(DeviceId, { minItems: 1, maxItems: 1000 }) }, closed),
  Type.Object({ sector: Sector }, closed),
  Type.Object({ percentOfRest: Percent }, closed),
  Type.Object({ countOfRest: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }, closed),
]);
export type Selector = Static<typeof Selector>;

/** How many of a ring's devices a group reaches to, those of the groups before it included. */
export const GroupStep = Type.Union([
  Type.Object({ percent: Percent }, closed),
  Type.Object({ count: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }, closed),
]);
export type GroupStep = Static<typeof GroupStep>;

export const Thresholds = Type.Object(
  {
    /** Of the devices expected to answer, at least this share runs the release and is healthy. */
    successPercent: Percent,
    /** At this share of failures the rollout halts. */
    errorPercent: Percent,
    /** Outcomes wanted before a group is judged good; fewer where fewer devices can answer. */
    minimumSample: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  closed,
);
export type Thresholds = Static<typeof Thresholds>;

export const Ring = Type.Object(
  {
    name: Name,
    select: Selector,
    /** Days after the rollout's base date before which the ring does not begin. */
    offsetDays: Type.Integer({ minimum: 0, maximum: 365 }),
    /** Ring that has to be through first; the one before it if absent. */
    afterRing: Type.Optional(Name),
    /** Groups but the last, which is always the whole ring. */
    groups: Type.Optional(Type.Array(GroupStep, { maxItems: 20 })),
    /** One device first, before any group. */
    safeMode: Type.Optional(Type.Boolean()),
    thresholds: Thresholds,
    /** Hours for which the thresholds have to hold. */
    soakHours: Type.Integer({ minimum: 0, maximum: 2160 }),
    /** When devices may install; at any time if absent. */
    installWindows: Type.Optional(Schedule),
    /** Download as soon as the group is open, before the window. */
    downloadEarly: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type Ring = Static<typeof Ring>;

/** How an environment's devices move to a release: ring after ring. */
export const RingPlan = Type.Object(
  {
    rings: Type.Array(Ring, { minItems: 1, maxItems: 20 }),
    /** When a group may open: while people are there to react. */
    officeHours: Type.Optional(Schedule),
    /** After this long without a word a device no longer counts, or counts as lost when it was installing. */
    silenceHours: Type.Integer({ minimum: 1, maximum: 720 }),
    /** Longest time between a group's opening and its devices' deadline, whoever defers. */
    deferralCapDays: Type.Integer({ minimum: 0, maximum: 180 }),
    /** Versions that a device below them installs first. */
    floorVersions: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 20 })),
    /** Absent: this environment has no emergency lane. */
    emergency: Type.Optional(
      Type.Object(
        {
          soakHours: Type.Integer({ minimum: 0, maximum: 168 }),
          deferralCapDays: Type.Integer({ minimum: 0, maximum: 30 }),
          /** By then somebody other than who began it has approved it, or it halts. */
          approveWithinHours: Type.Integer({ minimum: 1, maximum: 168 }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type RingPlan = Static<typeof RingPlan>;

export const RolloutState = Type.Union([
  Type.Literal('active'),
  Type.Literal('paused'),
  Type.Literal('halted'),
  Type.Literal('stopped'),
  Type.Literal('done'),
  Type.Literal('replaced'),
]);
export type RolloutState = Static<typeof RolloutState>;

export const GroupPhase = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('open'),
  Type.Literal('passed'),
  Type.Literal('skipped'),
]);
export type GroupPhase = Static<typeof GroupPhase>;

/** Where a device stands in a rollout, as the server judges its last report. */
export const Outcome = Type.Union([
  Type.Literal('deferred'),
  Type.Literal('pending'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('fell-back'),
  Type.Literal('unhealthy'),
]);
export type Outcome = Static<typeof Outcome>;

/** How many devices of a group stand where. */
export const GroupCounts = Type.Object({
  planned: Type.Integer(),
  deferred: Type.Integer(),
  pending: Type.Integer(),
  succeeded: Type.Integer(),
  failed: Type.Integer(),
  fellBack: Type.Integer(),
  unhealthy: Type.Integer(),
});
export type GroupCounts = Static<typeof GroupCounts>;

/** One sentence in both languages, with the numbers it was decided by. */
export const Sentence = Type.Object({ code: Type.String(), en: Type.String(), 'zh-CN': Type.String() });
export type Sentence = Static<typeof Sentence>;

const Emergency = Type.Object({
  reason: Type.String(),
  approveBy: Instant,
  approvedAt: Type.Optional(Instant),
});

export const NewRingPlan = Type.Object(
  { agencyId: Type.Optional(AgencyId), environment: Name, plan: RingPlan },
  closed,
);
export type NewRingPlan = Static<typeof NewRingPlan>;

export const RingPlanSummary = Type.Object({
  id: RowId,
  environment: Name,
  version: Type.Integer(),
  sha256: Sha256,
  createdAt: Instant,
});
export type RingPlanSummary = Static<typeof RingPlanSummary>;

export const RingPlanDetail = Type.Object({ ...RingPlanSummary.properties, plan: RingPlan });
export type RingPlanDetail = Static<typeof RingPlanDetail>;

export const NewRollout = Type.Object(
  {
    /** A ULID of the asker's: a request sent twice then begins one rollout. */
    id: Type.Optional(RowId),
    planId: RowId,
    releaseSha256: Sha256,
    /** The day all offsets count from; now if absent. */
    baseAt: Type.Optional(Instant),
    /** Takes the emergency lane: no offsets, no office hours, a shorter soak, and approval after the fact. */
    emergency: Type.Optional(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed)),
  },
  closed,
);
export type NewRollout = Static<typeof NewRollout>;

export const Rollout = Type.Object({
  id: RowId,
  environment: Name,
  planVersion: Type.Integer(),
  edition: Name,
  channel: Name,
  version: Type.String(),
  sequence: Type.Integer(),
  releaseSha256: Sha256,
  state: RolloutState,
  baseAt: Instant,
  plannedAt: Instant,
  /** Devices of the channel that no ring takes. */
  unassigned: Type.Integer(),
  emergency: Type.Optional(Emergency),
});
export type Rollout = Static<typeof Rollout>;

export const RolloutGroup = Type.Object({
  ring: Name,
  group: Type.Integer(),
  phase: GroupPhase,
  openedAt: Type.Optional(Instant),
  /** Since when the thresholds hold. */
  heldAt: Type.Optional(Instant),
  ...GroupCounts.properties,
});

export const RolloutDecision = Type.Object({ at: Instant, actor: Type.String(), ...Sentence.properties });

export const RolloutDeferral = Type.Object({
  agencyPath: Type.String(),
  delayDays: Type.Integer(),
  isPaused: Type.Boolean(),
  pausedUntil: Type.Optional(Instant),
  installWindows: Type.Optional(Schedule),
  changedAt: Instant,
});
export type RolloutDeferral = Static<typeof RolloutDeferral>;

/** A rollout with where it stands and why; whoever owns it sees every group, an agency below it its own devices. */
export const RolloutDetail = Type.Object({
  ...Rollout.properties,
  groups: Type.Array(RolloutGroup),
  explanation: Type.Array(Sentence),
  /** The newest first, at most 100. */
  decisions: Type.Array(RolloutDecision),
  deferrals: Type.Array(RolloutDeferral),
  asOf: Instant,
});
export type RolloutDetail = Static<typeof RolloutDetail>;

export const Reason = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed);
export const Skip = Type.Object({ ring: Name, ...Reason.properties }, closed);

export const NewDeferral = Type.Object(
  {
    agencyId: Type.Optional(AgencyId),
    delayDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
    isPaused: Type.Optional(Type.Boolean()),
    /** When the pause ends; with the cap if absent. */
    pausedUntil: Type.Optional(Instant),
    /** Smaller windows; devices install where these and all above are open. */
    installWindows: Type.Optional(Schedule),
  },
  closed,
);
export type NewDeferral = Static<typeof NewDeferral>;

export const WantedSimulation = Type.Object(
  {
    planId: RowId,
    edition: Name,
    channel: Name,
    baseAt: Type.Optional(Instant),
    /** Devices that fail of those that try, in percent; 1 if absent. */
    failurePercent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    /** Hours from when a device may install to its word on how that went; 24 if absent. */
    answerHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 720 })),
  },
  closed,
);
export type WantedSimulation = Static<typeof WantedSimulation>;

/** One day on which something changes; the figures are those at its end. */
export const SimulatedDay = Type.Object({
  day: CalendarDate,
  offered: Type.Integer(),
  succeeded: Type.Integer(),
  failed: Type.Integer(),
  decisions: Type.Array(Sentence),
});
export type SimulatedDay = Static<typeof SimulatedDay>;

export const Simulation = Type.Object({
  assumptions: Type.Object({
    devices: Type.Integer(),
    /** Not heard for longer than the plan's silence, or never: taken to stay away. */
    offline: Type.Integer(),
    unassigned: Type.Integer(),
    failurePercent: Type.Integer(),
    answerHours: Type.Integer(),
  }),
  days: Type.Array(SimulatedDay),
  state: RolloutState,
  /** What it still waits for at the end. */
  explanation: Type.Array(Sentence),
});
export type Simulation = Static<typeof Simulation>;
