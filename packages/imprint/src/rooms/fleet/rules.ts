import type { DeviceReport, LicenceState } from '@imprint/protocol';
import type { Figure, Posture, PostureLimits, PostureState } from './model.ts';

/** A message's time may differ from the server's by this much. */
export const maxSkewSeconds = 600;

/** Seconds a message's clock is ahead (positive) or behind, when it is beyond what is allowed. */
export function skewBeyond(issuedAt: Date, now: Date): number | undefined {
  const seconds = Math.round((issuedAt.getTime() - now.getTime()) / 1000);
  return Math.abs(seconds) > maxSkewSeconds ? seconds : undefined;
}

/** Takes an enrolment token apart: `enr_<id>_<secret>`. */
export function parseEnrolmentToken(text: string): { id: string; secret: string } | undefined {
  const match = /^enr_([0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
}

/** What a stored check-in says of a message that was not stored. */
export function whyNotStored(
  stored: { counter: number; messageSha256: string },
  message: { counter: number; messageSha256: string },
): 'replayed' | 'conflict' {
  return stored.messageSha256 === message.messageSha256 ? 'replayed' : 'conflict';
}

/** Limits derived from how often devices are told to check in: three missed check-ins are silence. */
export function limitsFor(checkInSeconds: number): PostureLimits {
  const silenceSeconds = Math.max(3 * checkInSeconds, 300);
  return {
    silenceSeconds,
    factSeconds: Math.max(silenceSeconds, 2 * 86_400),
    definitionsSeconds: 7 * 86_400,
  };
}

const severity: Record<PostureState, number> = { ok: 0, stale: 1, unknown: 2, failing: 3 };

/** The worse of two states: ok, stale, unknown, failing. */
export function worse(a: PostureState, b: PostureState): PostureState {
  return severity[a] >= severity[b] ? a : b;
}

/**
 * Judges a report as of now. A device's own "ok" is believed only while it is fresh, and never against the figures it sent
 * with it; a device never heard of is unknown.
 */
export function derivePosture(
  last: { report: DeviceReport; receivedAt: Date } | undefined,
  now: Date,
  limits: PostureLimits,
): Posture {
  if (last === undefined) return { state: 'unknown', figures: [] };
  const lastSeenSeconds = Math.max(0, ageOf(last.receivedAt, now));
  const silent = lastSeenSeconds > limits.silenceSeconds;
  const figures = [
    releaseFigure(last.report),
    patchFigure(last.report),
    antivirusFigure(last.report, now, limits),
    integrityFigure(last.report),
    policyFigure(last.report),
    ...firstBootFigure(last.report),
    ...licenceFigure(last.report),
  ].map((figure) => aged(figure, now, silent, limits));
  const state = figures.reduce<PostureState>((sum, figure) => worse(sum, figure.state), 'ok');
  return { state, lastSeenSeconds, figures };
}

/** A whole second more than the limit, as ages are rounded. */
const beyondMs = (seconds: number) => seconds * 1000 + 500;

/** Instants at which `derivePosture` of the same report may come to another result, in order. */
export function turningPoints(
  { report, receivedAt }: { report: DeviceReport; receivedAt: Date },
  limits: PostureLimits,
): number[] {
  const { release, patch, antivirus, integrity, policy, firstBoot = [], licence } = report;
  const facts = [release, patch, antivirus, integrity, ...policy, ...firstBoot, licence];
  const observed = facts.flatMap((fact) => fact?.observedAt ?? []).map((at) => Date.parse(at));
  const { definitionsBuiltAt } = antivirus;
  const definitions = definitionsBuiltAt === undefined ? [] : [Date.parse(definitionsBuiltAt)];
  const instants = [
    receivedAt.getTime() + beyondMs(limits.silenceSeconds),
    ...definitions.map((at) => at + beyondMs(limits.definitionsSeconds)),
    // Known once more when the clock has caught up with a fact from the future.
    ...observed.flatMap((at) => [at + beyondMs(limits.factSeconds), at - beyondMs(maxSkewSeconds)]),
  ];
  return [...new Set(instants)].filter(Number.isFinite).toSorted((a, b) => a - b);
}

interface Judged {
  readonly name: Figure['name'];
  readonly state: PostureState;
  readonly observedAt?: string | undefined;
  readonly reason?: string | undefined;
}

const ageOf = (at: Date, now: Date) => Math.round((now.getTime() - at.getTime()) / 1000);

function aged(figure: Judged, now: Date, silent: boolean, limits: PostureLimits): Figure {
  const { name, observedAt } = figure;
  if (observedAt === undefined) {
    const state = figure.state === 'failing' ? 'failing' : 'unknown';
    return { name, state, reason: figure.reason ?? 'never observed' };
  }
  const age = ageOf(new Date(observedAt), now);
  if (age < -maxSkewSeconds) return { name, state: 'unknown', reason: 'observed in the future' };
  const ageSeconds = Math.max(0, age);
  const faded = figure.state === 'ok' && (silent || ageSeconds > limits.factSeconds);
  const state = faded ? 'stale' : figure.state;
  const reason = faded ? (silent ? 'no check-in for too long' : 'observed too long ago') : figure.reason;
  return { name, state, ageSeconds, ...(reason === undefined ? {} : { reason }) };
}

function releaseFigure({ release }: DeviceReport): Judged {
  const { state, observedAt, reason, code } = release;
  if (code !== undefined)
    return { name: 'release', state: worse(state, 'failing'), observedAt, reason: code };
  return { name: 'release', state, observedAt, reason };
}

function patchFigure({ patch }: DeviceReport): Judged {
  const differing = patch.differing?.length ?? 0;
  const { state, observedAt, reason } = patch;
  if (state === 'ok' && differing > 0) {
    return { name: 'patch', state: 'failing', observedAt, reason: `${differing} packages differ` };
  }
  return { name: 'patch', state, observedAt, reason };
}

function antivirusFigure({ antivirus }: DeviceReport, now: Date, limits: PostureLimits): Judged {
  const { state, observedAt, reason, realTime, definitionsBuiltAt, provider, directed, code } = antivirus;
  const name = 'antivirus';
  if (code !== undefined) return { name, state: worse(state, 'failing'), observedAt, reason: code };
  if (directed !== undefined && directed !== provider) {
    const other = `${provider ?? 'none'} protects, ${directed} is directed`;
    return { name, state: worse(state, 'stale'), observedAt, reason: other };
  }
  if (state === 'ok' && realTime === false) {
    return { name, state: 'failing', observedAt, reason: 'real-time protection is off' };
  }
  if (
    state === 'ok' &&
    definitionsBuiltAt !== undefined &&
    ageOf(new Date(definitionsBuiltAt), now) > limits.definitionsSeconds
  ) {
    return { name, state: 'stale', observedAt, reason: 'definitions are too old' };
  }
  return { name, state, observedAt, reason };
}

function integrityFigure({ integrity }: DeviceReport): Judged {
  const { state, observedAt, reason, differing } = integrity;
  if (differing !== undefined && differing.length > 0) {
    return {
      name: 'integrity',
      state: 'failing',
      observedAt,
      reason: `${differing.length} core files differ`,
    };
  }
  return { name: 'integrity', state, observedAt, reason };
}

interface Item {
  readonly id: string;
  readonly state: PostureState;
  readonly observedAt?: string;
  readonly reason?: string;
}

/** The worst item speaks for all, and the oldest gives the figure its age. */
function worstOf(name: Judged['name'], items: readonly Item[]): Judged {
  let worst: Judged = { name, state: 'ok' };
  let oldest: string | undefined;
  for (const { id, state, observedAt, reason } of items) {
    if (severity[state] > severity[worst.state]) worst = { name, state, reason: reason ?? id };
    if (observedAt !== undefined && (oldest === undefined || observedAt < oldest)) oldest = observedAt;
  }
  return { ...worst, observedAt: oldest };
}

/** An observed value other than the intended one fails whatever the device calls it. */
function policyFigure({ policy }: DeviceReport): Judged {
  if (policy.length === 0) return { name: 'policy', state: 'unknown', reason: 'no policy reported' };
  const items = policy.map((item): Item => {
    const differs = item.observed !== undefined && item.observed !== item.intended;
    return differs ? { ...item, state: 'failing' } : item;
  });
  return worstOf('policy', items);
}

/** What an edition only declares counts once it is observed; until then it is as unknown as the device says. */
function firstBootFigure({ firstBoot = [] }: DeviceReport): Judged[] {
  return firstBoot.length === 0 ? [] : [worstOf('first-boot', firstBoot)];
}

/** What a licence's state is as posture: a device that cannot be judged is unknown, never ok. */
const licencePosture: Record<LicenceState, PostureState> = {
  active: 'ok',
  renewal_due: 'ok',
  grace: 'stale',
  clock_suspect: 'unknown',
  duplicate_suspect: 'failing',
  unactivated: 'failing',
  restricted: 'failing',
  revoked: 'failing',
};

/** The device's own word on its lease; the code of its last refusal says why it is not better. */
function licenceFigure({ licence }: DeviceReport): Judged[] {
  if (licence === undefined) return [];
  const { state, observedAt, code } = licence;
  const posture = licencePosture[state];
  const reason = posture === 'ok' ? undefined : code === undefined ? state : `${state}: ${code}`;
  return [{ name: 'licence', state: posture, observedAt, reason }];
}
