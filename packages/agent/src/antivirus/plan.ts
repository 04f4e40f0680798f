/** What the approved release says of a provider. */
export interface Approval {
  readonly approvedUntilMs: number;
  /** Part of the image: it is turned off, never taken away. */
  readonly isInImage: boolean;
}

/** What was seen of a provider, and what was done with it in this run. */
export interface Sight {
  /** In the version the release names, where it names one. */
  readonly isInstalled: boolean;
  readonly isOn: boolean;
  readonly hasDefinitions: boolean;
  /** Found the test file with protection still off. */
  readonly isTested: boolean;
  /** On, healthy, and found the test file. Nothing else lets another provider go. */
  readonly isProven: boolean;
}

export interface Situation {
  readonly nowMs: number;
  readonly directed?: string | undefined;
  /** What this device has come to run, and what it ran before while that is not put away. */
  readonly chosen?: string | undefined;
  readonly previous?: string | undefined;
  readonly allowed: ReadonlyMap<string, Approval>;
  readonly seen: ReadonlyMap<string, Sight>;
  /** Providers that could not be brought on in this run. */
  readonly failed: ReadonlySet<string>;
  /** Providers that were told to turn off, or to go, in this run. */
  readonly told: ReadonlySet<string>;
  /** Providers that an earlier run saw off. */
  readonly wasOff: ReadonlySet<string>;
}

export type ActingKind =
  | 'install'
  | 'definitions'
  | 'self-test'
  | 'enable'
  | 'confirm'
  | 'choose'
  | 'disable'
  | 'remove';
export type Step = { readonly kind: ActingKind; readonly provider: string } | { readonly kind: 'rest' };

/** Why a device does not run what it was told to, or what is amiss beside it. */
export type Finding =
  | { readonly code: 'AGENT_ANTIVIRUS_NOT_ALLOWED'; readonly provider: string }
  | { readonly code: 'AGENT_ANTIVIRUS_APPROVAL_EXPIRED'; readonly provider: string }
  | { readonly code: 'AGENT_ANTIVIRUS_APPROVAL_ENDED'; readonly provider: string }
  | { readonly code: 'AGENT_ANTIVIRUS_ABSENT'; readonly provider: string }
  | { readonly code: 'AGENT_ANTIVIRUS_REENABLED'; readonly provider: string; readonly other: string }
  | { readonly code: 'AGENT_ANTIVIRUS_TWO_ON'; readonly provider: string; readonly other: string };

/** The provider this device is at: the one chosen, else what is on, else the image's own. */
export function currentOf({ chosen, allowed, seen }: Situation): string | undefined {
  if (chosen !== undefined) return chosen;
  const inImage = [...allowed].find(([, { isInImage }]) => isInImage)?.[0];
  if (inImage !== undefined && seen.get(inImage)?.isOn === true) return inImage;
  return [...seen].find(([, { isOn }]) => isOn)?.[0] ?? inImage;
}

function refusalOf(situation: Situation): Finding | undefined {
  const { directed, allowed, nowMs } = situation;
  const current = currentOf(situation);
  if (directed === undefined) return undefined;
  const approval = allowed.get(directed);
  if (directed === current) {
    const hasEnded = approval !== undefined && approval.approvedUntilMs <= nowMs;
    return hasEnded ? { code: 'AGENT_ANTIVIRUS_APPROVAL_ENDED', provider: directed } : undefined;
  }
  if (approval === undefined) return { code: 'AGENT_ANTIVIRUS_NOT_ALLOWED', provider: directed };
  if (approval.approvedUntilMs <= nowMs)
    return { code: 'AGENT_ANTIVIRUS_APPROVAL_EXPIRED', provider: directed };
  return undefined;
}

/** What protects where the one this device is at does not and cannot be brought on: the image's own, which needs nobody. */
function insteadOf(current: string | undefined, { failed, seen, allowed }: Situation): string | undefined {
  if (current === undefined || !failed.has(current) || seen.get(current)?.isOn === true) return current;
  const own = [...allowed].find(
    ([name, { isInImage }]) => isInImage && !failed.has(name) && seen.get(name)?.isInstalled === true,
  );
  return own?.[0] ?? current;
}

/** The provider to bring on: the directed one where that is allowed and has not failed, else the one this device is at. */
export function targetOf(situation: Situation): string | undefined {
  const { directed, failed } = situation;
  const current = currentOf(situation);
  if (directed === undefined || directed === current) return insteadOf(current, situation);
  const isRefused = refusalOf(situation) !== undefined || failed.has(directed);
  return isRefused ? insteadOf(current, situation) : directed;
}

function stepTowards(target: string, situation: Situation): Step | undefined {
  const { allowed, seen, chosen, failed } = situation;
  const sight = seen.get(target);
  if (failed.has(target) || sight === undefined) return { kind: 'rest' };
  if (!sight.isInstalled) {
    const approval = allowed.get(target);
    const canInstall = approval !== undefined && !approval.isInImage;
    return canInstall ? { kind: 'install', provider: target } : { kind: 'rest' };
  }
  if (!sight.hasDefinitions) return { kind: 'definitions', provider: target };
  if (!sight.isOn && !sight.isTested) return { kind: 'self-test', provider: target };
  if (!sight.isOn) return { kind: 'enable', provider: target };
  if (!sight.isProven) return { kind: 'confirm', provider: target };
  if (chosen !== target) return { kind: 'choose', provider: target };
  return undefined;
}

/** A provider is turned off and taken away only beside one that was proven in this run. */
function stepAway(target: string, { allowed, seen, told }: Situation): Step | undefined {
  for (const [provider, sight] of seen) {
    if (provider !== target && sight.isOn && !told.has(provider)) return { kind: 'disable', provider };
  }
  for (const [provider, sight] of seen) {
    const isOurs = allowed.get(provider)?.isInImage === false;
    if (provider === target || !sight.isInstalled || sight.isOn || !isOurs) continue;
    if (!told.has(`remove ${provider}`)) return { kind: 'remove', provider };
  }
  return undefined;
}

/**
 * The next step towards exactly one provider that protects. Everything is computed anew from what is seen, so that a run that
 * was killed is gone on with; at no step is the last one that protects turned off.
 */
export function nextStep(situation: Situation): Step {
  const target = targetOf(situation);
  if (target === undefined) return { kind: 'rest' };
  return stepTowards(target, situation) ?? stepAway(target, situation) ?? { kind: 'rest' };
}

/** What is to be told of a situation, the gravest first. */
export function findingOf(situation: Situation): Finding | undefined {
  const { allowed, seen, told, wasOff, previous } = situation;
  const refusal = refusalOf(situation);
  if (refusal !== undefined) return refusal;
  const target = targetOf(situation);
  if (target === undefined) return undefined;
  const sight = seen.get(target);
  // An edition without an antivirus was never told to run one.
  const isWanted = target === situation.directed || target === situation.chosen;
  if (isWanted && sight !== undefined && !sight.isInstalled && allowed.get(target)?.isInImage !== false)
    return { code: 'AGENT_ANTIVIRUS_ABSENT', provider: target };
  const others = [...seen].filter(([name, { isOn }]) => name !== target && isOn).map(([name]) => name);
  const back = others.find((other) => wasOff.has(other));
  if (back !== undefined) return { code: 'AGENT_ANTIVIRUS_REENABLED', provider: target, other: back };
  // One that was told to turn off and is still on, or one that nobody was changing from.
  const isChanging = currentOf(situation) !== target;
  const second = others.find((other) => told.has(other) || (!isChanging && other !== previous));
  return second === undefined
    ? undefined
    : { code: 'AGENT_ANTIVIRUS_TWO_ON', provider: target, other: second };
}

const nothing: Sight = {
  isInstalled: false,
  isOn: false,
  hasDefinitions: false,
  isTested: false,
  isProven: false,
};
const effects: { readonly [K in ActingKind]: (sight: Sight) => Sight } = {
  install: (sight) => ({ ...sight, isInstalled: true }),
  definitions: (sight) => ({ ...sight, hasDefinitions: true }),
  'self-test': (sight) => ({ ...sight, isTested: true }),
  enable: (sight) => ({ ...sight, isOn: true }),
  confirm: (sight) => ({ ...sight, isProven: true }),
  choose: (sight) => sight,
  disable: (sight) => ({ ...sight, isOn: false, isProven: false }),
  remove: () => nothing,
};

/** The situation after a step that did what it was to do. */
export function afterStep(situation: Situation, step: Exclude<Step, { kind: 'rest' }>): Situation {
  const { kind, provider } = step;
  const seen = new Map(situation.seen);
  seen.set(provider, effects[kind](seen.get(provider) ?? nothing));
  const told = new Set(situation.told);
  if (kind === 'disable') told.add(provider);
  if (kind === 'remove') told.add(`remove ${provider}`);
  return { ...situation, seen, told, ...(kind === 'choose' ? { chosen: provider } : {}) };
}

/** Every step from here to rest, were each to do what it is to do. */
export function allSteps(situation: Situation): Exclude<Step, { kind: 'rest' }>[] {
  const steps: Exclude<Step, { kind: 'rest' }>[] = [];
  for (let current = situation; ; ) {
    const step = nextStep(current);
    if (step.kind === 'rest') return steps;
    steps.push(step);
    current = afterStep(current, step);
  }
}
