import type { RolloutTarget } from '@imprint/protocol';
import type { Progress } from './progress.ts';

/** All that decides what a device does next about its target. */
export interface PatchFacts {
  readonly now: Date;
  /** What is aimed at, once it was judged; absent: nothing was directed, or what was has ended. */
  readonly target?: RolloutTarget;
  /** The system runs the target's release: its identity was written, which is done last. */
  readonly isCommitted: boolean;
  readonly progress?: Progress;
  /** dpkg was interrupted. */
  readonly isHalfway: boolean;
  /** In this run dpkg was brought round already. */
  readonly isRecovered: boolean;
  /** Everything that installing needs lies here, checked. */
  readonly isDownloaded: boolean;
  /** Packages to be installed that an administrator holds back. */
  readonly held: readonly string[];
  readonly bootId: string;
  /** False where nothing can start the system anew, as in a chroot. */
  readonly canRestart: boolean;
  readonly isPersonPresent: boolean;
  /** How long after a failed health check the next one is worth it. */
  readonly healthAgainMs: number;
}

export type PatchStep =
  | { readonly kind: 'rest'; readonly why: string }
  | { readonly kind: 'wait'; readonly why: string; readonly until?: string; readonly code?: string }
  | { readonly kind: 'give-up'; readonly why: string }
  | { readonly kind: 'recover'; readonly why: string }
  | { readonly kind: 'download'; readonly why: string }
  | { readonly kind: 'install'; readonly why: string; readonly evenHeld: boolean }
  | { readonly kind: 'conclude'; readonly why: string }
  | { readonly kind: 'announce-restart'; readonly why: string }
  | { readonly kind: 'restart'; readonly why: string; readonly isWarned: boolean }
  | { readonly kind: 'tidy'; readonly why: string }
  | { readonly kind: 'check-health'; readonly why: string };

/** Steps in which something has changed on the device: they are finished even when nothing is directed any more. */
const begun: ReadonlySet<Progress['step']> = new Set(['installing', 'restart-needed', 'installed']);

/** True where progress has changed the system and is not through. */
export const hasBegun = (progress: Progress | undefined): boolean =>
  progress !== undefined &&
  begun.has(progress.step) &&
  !(progress.step === 'installed' && progress.healthy !== undefined);

interface Timing {
  readonly isOverdue: boolean;
  readonly isOpen: boolean;
  /** When the device may next act by itself. */
  readonly opensAt: string;
}

/** Where `now` stands to the window and the deadline. */
export function timingOf({ installWindow, deadline }: RolloutTarget, now: Date): Timing {
  const at = now.getTime();
  const isOverdue = at >= Date.parse(deadline);
  if (installWindow === undefined) return { isOverdue, isOpen: true, opensAt: now.toISOString() };
  const { from, to } = installWindow;
  const isBefore = at < Date.parse(from);
  const isOpen = !isBefore && (to === undefined || at < Date.parse(to));
  const opensAt = isBefore && Date.parse(from) < Date.parse(deadline) ? from : deadline;
  return { isOverdue, isOpen, opensAt };
}

function restartStep(facts: PatchFacts, target: RolloutTarget, progress: Progress): PatchStep {
  const { now, canRestart, isPersonPresent } = facts;
  const reasons = progress.restartReasons?.join(', ') ?? '';
  if (!canRestart) return { kind: 'wait', why: `for the system to be started anew: ${reasons}` };
  const { isOverdue, isOpen, opensAt } = timingOf(target, now);
  if (isOverdue)
    return { kind: 'restart', why: `the deadline ${target.deadline} has passed`, isWarned: isPersonPresent };
  if (!isPersonPresent) {
    if (isOpen) return { kind: 'restart', why: 'nobody is logged in', isWarned: false };
    return { kind: 'wait', why: 'for the window, to start anew', until: opensAt };
  }
  const chosen = progress.restartAfter;
  if (chosen !== undefined && now.getTime() >= Date.parse(chosen))
    return { kind: 'restart', why: `the person chose ${chosen}`, isWarned: true };
  if (progress.announcedAt === undefined)
    return { kind: 'announce-restart', why: `to start anew: ${reasons}` };
  const until =
    chosen !== undefined && Date.parse(chosen) < Date.parse(target.deadline) ? chosen : target.deadline;
  return { kind: 'wait', why: 'somebody is logged in, who was told', until };
}

function committedStep(facts: PatchFacts, target: RolloutTarget, progress: Progress | undefined): PatchStep {
  if (progress === undefined)
    return { kind: 'check-health', why: 'this release runs and its health is not known' };
  if (
    progress.step !== 'restart-needed' &&
    progress.installedAt === undefined &&
    progress.changed !== undefined
  )
    return { kind: 'conclude', why: 'everything is in place' };
  if (progress.step === 'restart-needed' && progress.bootId === facts.bootId)
    return restartStep(facts, target, progress);
  if ((progress.leftover?.length ?? 0) > 0)
    return { kind: 'tidy', why: 'the system was started anew: what only the earlier one needed can go' };
  if (progress.healthy === true) return { kind: 'rest', why: 'this release runs and is healthy' };
  const again = Date.parse(progress.healthCheckedAt ?? '') + facts.healthAgainMs;
  if (progress.healthy === false && facts.now.getTime() < again)
    return { kind: 'wait', why: 'to look at its health again', until: new Date(again).toISOString() };
  return { kind: 'check-health', why: 'it is installed and runs' };
}

function installStep(facts: PatchFacts, target: RolloutTarget, progress: Progress | undefined): PatchStep {
  const { now, held } = facts;
  const { isOverdue, isOpen, opensAt } = timingOf(target, now);
  if (progress?.step === 'installing')
    return { kind: 'install', why: 'it has begun and is finished', evenHeld: true };
  if (!isOverdue && !isOpen) return { kind: 'wait', why: 'for the window', until: opensAt };
  if (!isOverdue && held.length > 0) {
    const why = `an administrator holds back ${held.join(', ')}`;
    return { kind: 'wait', why, until: target.deadline, code: 'AGENT_PATCH_HELD' };
  }
  const why = isOverdue ? `the deadline ${target.deadline} has passed` : 'the window is open';
  return { kind: 'install', why, evenHeld: isOverdue };
}

/**
 * The next step towards the target, with its reason. A system that dpkg left halfway is brought round first, whatever is directed; what has
 * begun to install is finished; a window binds only what has not begun, and only until the deadline.
 */
export function nextPatchStep(facts: PatchFacts): PatchStep {
  const { target, progress, now } = facts;
  if (facts.isHalfway && !facts.isRecovered) return { kind: 'recover', why: 'dpkg was interrupted' };
  if (target === undefined) return { kind: 'rest', why: 'nothing is directed' };
  if (facts.isCommitted) return committedStep(facts, target, progress);
  if (progress?.step === 'failed' || progress?.step === 'fell-back')
    return { kind: 'rest', why: `this release was given up: ${progress.code ?? progress.step}` };
  if (progress?.installedAt !== undefined)
    return { kind: 'give-up', why: 'this release ran here and another one does now' };
  const isBegun = progress?.step === 'installing';
  if (!facts.isDownloaded) {
    const from = target.downloadFrom;
    const mayLoad =
      isBegun ||
      from === undefined ||
      now.getTime() >= Date.parse(from) ||
      now.getTime() >= Date.parse(target.deadline);
    if (!mayLoad) return { kind: 'wait', why: 'to download', until: from };
    return { kind: 'download', why: 'something that it needs is not here' };
  }
  return installStep(facts, target, progress);
}
