import type { DeviceReport } from '@imprint/protocol';
import type { Figure, PostureLimits, PostureState } from '../model.ts';
import { derivePosture, turningPoints } from '../rules.ts';

/** A figure of a device, or `overall`: the worst of them. */
export type FigureName = Figure['name'] | 'overall';

/** How a figure stands, and since when. */
export interface Verdict {
  readonly state: PostureState;
  readonly since: string;
}
export type Verdicts = Partial<Record<FigureName, Verdict>>;

/** What a device last said. */
export interface LastWord {
  readonly report: DeviceReport;
  readonly receivedAt: Date;
}

type States = Partial<Record<FigureName, PostureState>>;

/** Figures that every device has, whatever its edition. */
export const usualFigures = ['release', 'patch', 'antivirus', 'integrity', 'policy'] as const;

function statesAt(last: LastWord, now: Date, limits: PostureLimits): States {
  const { state, figures } = derivePosture(last, now, limits);
  return { overall: state, ...Object.fromEntries(figures.map((figure) => [figure.name, figure.state])) };
}

const namesOf = (record: object) => Object.keys(record) as FigureName[];

const areSame = (a: States, b: States): boolean =>
  namesOf(a).length === namesOf(b).length && namesOf(a).every((name) => a[name] === b[name]);

/** Verdicts on a device that never reported. */
export function unheard(at: Date): Verdicts {
  const verdict: Verdict = { state: 'unknown', since: at.toISOString() };
  return Object.fromEntries(['overall', ...usualFigures].map((name) => [name, verdict]));
}

/** Verdicts as of now, and the instant at which they change although nobody says anything. */
export interface Judgement {
  readonly verdicts: Verdicts;
  readonly agesAt: Date | undefined;
}

/**
 * Judges a device's last word as `derivePosture` does. A verdict that stays keeps its `since`; one that only time has changed
 * dates from the instant at which it did, if that lies after `heardSince`.
 */
export function judge(
  last: LastWord,
  now: Date,
  limits: PostureLimits,
  before: Verdicts = {},
  heardSince: Date = now,
): Judgement {
  const states = statesAt(last, now, limits);
  const turns = turningPoints(last, limits);
  const past = turns.filter((turn) => turn > heardSince.getTime() && turn <= now.getTime()).reverse();
  const sinceOf = (name: FigureName): string => {
    let since = now.getTime();
    for (const turn of past) {
      if (statesAt(last, new Date(turn), limits)[name] !== states[name]) break;
      since = turn;
    }
    return new Date(since).toISOString();
  };
  const verdicts = namesOf(states).map((name): [FigureName, Verdict] => {
    const [kept, state] = [before[name], states[name] as PostureState];
    return [name, kept?.state === state ? kept : { state, since: sinceOf(name) }];
  });
  const turn = turns.find(
    (at) => at > now.getTime() && !areSame(statesAt(last, new Date(at), limits), states),
  );
  return { verdicts: Object.fromEntries(verdicts), agesAt: turn === undefined ? undefined : new Date(turn) };
}

/** Where a device is counted. */
export interface Place {
  readonly agencyPath: string;
  readonly edition: string;
  /** Name of the ring of the rollout it was last in; empty for none. */
  readonly ring: string;
}

/** A device as it is counted. */
export interface Counted extends Place {
  readonly verdicts: Verdicts;
  /** Day (UTC) of its last report. */
  readonly heardOn: string | undefined;
}

/** True when two are counted alike. */
export function isCountedAlike(a: Counted, b: Counted): boolean {
  const statesOf = ({ verdicts }: Counted): States =>
    Object.fromEntries(namesOf(verdicts).map((name) => [name, verdicts[name]?.state]));
  return (
    a.agencyPath === b.agencyPath &&
    a.edition === b.edition &&
    a.ring === b.ring &&
    a.heardOn === b.heardOn &&
    areSame(statesOf(a), statesOf(b))
  );
}

/** How many devices more (or less, below 0) a cell holds. */
export interface Movement extends Place {
  /** A figure and its state, or a day. */
  readonly what: { readonly figure: FigureName; readonly state: PostureState } | { readonly heardOn: string };
  readonly by: number;
}

/** What moves when devices are counted otherwise than before; cells that stay as they are are left out. */
export function movementsOf(
  changes: readonly { readonly before: Counted | undefined; readonly after: Counted | undefined }[],
): Movement[] {
  const moved = new Map<string, Movement>();
  const count = (counted: Counted | undefined, by: number) => {
    if (counted === undefined) return;
    const { agencyPath, edition, ring, verdicts, heardOn } = counted;
    const whats: Movement['what'][] = namesOf(verdicts).flatMap((figure) => {
      const state = verdicts[figure]?.state;
      return state === undefined ? [] : [{ figure, state }];
    });
    if (heardOn !== undefined) whats.push({ heardOn });
    for (const what of whats) {
      const key = JSON.stringify([agencyPath, edition, ring, what]);
      moved.set(key, { agencyPath, edition, ring, what, by: (moved.get(key)?.by ?? 0) + by });
    }
  };
  for (const { before, after } of changes) {
    count(before, -1);
    count(after, 1);
  }
  return [...moved.values()].filter(({ by }) => by !== 0);
}
