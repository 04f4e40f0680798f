import type { Localized, RolloutTarget } from '@imprint/protocol';
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
  | { readonly kind: 'rest'; readonly why: Localized }
  | { readonly kind: 'wait'; readonly why: Localized; readonly until?: string; readonly code?: string }
  | { readonly kind: 'give-up'; readonly why: Localized }
  | { readonly kind: 'recover'; readonly why: Localized }
  | { readonly kind: 'download'; readonly why: Localized }
  | { readonly kind: 'install'; readonly why: Localized; readonly evenHeld: boolean }
  | { readonly kind: 'conclude'; readonly why: Localized }
  | { readonly kind: 'announce-restart'; readonly why: Localized }
  | { readonly kind: 'restart'; readonly why: Localized; readonly isWarned: boolean }
  | { readonly kind: 'tidy'; readonly why: Localized }
  | { readonly kind: 'check-health'; readonly why: Localized };

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

const overdue = ({ deadline }: RolloutTarget): Localized => ({
  en: `the deadline ${deadline} has passed`,
  'zh-CN': `已过期限 ${deadline}`,
});

const givenUp = ({ code, step }: Progress): Localized => ({
  en: `this release was given up: ${code ?? step}`,
  'zh-CN': `此发布已被放弃：${code ?? step}`,
});

function restartStep(facts: PatchFacts, target: RolloutTarget, progress: Progress): PatchStep {
  const { now, canRestart, isPersonPresent } = facts;
  const reasons = progress.restartReasons?.join(', ') ?? '';
  if (!canRestart)
    return {
      kind: 'wait',
      why: { en: `for the system to be started anew: ${reasons}`, 'zh-CN': `等待系统重启：${reasons}` },
    };
  const { isOverdue, isOpen, opensAt } = timingOf(target, now);
  if (isOverdue) return { kind: 'restart', why: overdue(target), isWarned: isPersonPresent };
  if (!isPersonPresent) {
    if (isOpen)
      return { kind: 'restart', why: { en: 'nobody is logged in', 'zh-CN': '无人登录' }, isWarned: false };
    return {
      kind: 'wait',
      why: { en: 'for the window, to start anew', 'zh-CN': '等待时间窗口以重启' },
      until: opensAt,
    };
  }
  const chosen = progress.restartAfter;
  if (chosen !== undefined && now.getTime() >= Date.parse(chosen))
    return {
      kind: 'restart',
      why: { en: `the person chose ${chosen}`, 'zh-CN': `用户选择在 ${chosen} 重启` },
      isWarned: true,
    };
  if (progress.announcedAt === undefined)
    return {
      kind: 'announce-restart',
      why: { en: `to start anew: ${reasons}`, 'zh-CN': `需要重启：${reasons}` },
    };
  const until =
    chosen !== undefined && Date.parse(chosen) < Date.parse(target.deadline) ? chosen : target.deadline;
  return {
    kind: 'wait',
    why: { en: 'somebody is logged in, who was told', 'zh-CN': '有用户登录，已告知其重启' },
    until,
  };
}

function committedStep(facts: PatchFacts, target: RolloutTarget, progress: Progress | undefined): PatchStep {
  if (progress === undefined)
    return {
      kind: 'check-health',
      why: { en: 'this release runs and its health is not known', 'zh-CN': '此发布正在运行，健康状况未知' },
    };
  if (
    progress.step !== 'restart-needed' &&
    progress.installedAt === undefined &&
    progress.changed !== undefined
  )
    return { kind: 'conclude', why: { en: 'everything is in place', 'zh-CN': '全部内容已就位' } };
  if (progress.step === 'restart-needed' && progress.bootId === facts.bootId)
    return restartStep(facts, target, progress);
  if ((progress.leftover?.length ?? 0) > 0)
    return {
      kind: 'tidy',
      why: {
        en: 'the system was started anew: what only the earlier one needed can go',
        'zh-CN': '系统已重启：仅供先前系统使用的内容可以移除',
      },
    };
  if (progress.healthy === true)
    return { kind: 'rest', why: { en: 'this release runs and is healthy', 'zh-CN': '此发布正在运行且健康' } };
  const again = Date.parse(progress.healthCheckedAt ?? '') + facts.healthAgainMs;
  if (progress.healthy === false && facts.now.getTime() < again)
    return {
      kind: 'wait',
      why: { en: 'to look at its health again', 'zh-CN': '等待再次检查健康状况' },
      until: new Date(again).toISOString(),
    };
  return { kind: 'check-health', why: { en: 'it is installed and runs', 'zh-CN': '已安装并在运行' } };
}

function installStep(facts: PatchFacts, target: RolloutTarget, progress: Progress | undefined): PatchStep {
  const { now, held } = facts;
  const { isOverdue, isOpen, opensAt } = timingOf(target, now);
  if (progress?.step === 'installing')
    return {
      kind: 'install',
      why: { en: 'it has begun, and what has begun is finished', 'zh-CN': '安装已开始，须完成' },
      evenHeld: true,
    };
  if (!isOverdue && !isOpen)
    return { kind: 'wait', why: { en: 'for the window', 'zh-CN': '等待时间窗口' }, until: opensAt };
  if (!isOverdue && held.length > 0) {
    const names = held.join(', ');
    const why = { en: `an administrator holds back ${names}`, 'zh-CN': `管理员保留了 ${names}` };
    return { kind: 'wait', why, until: target.deadline, code: 'AGENT_PATCH_HELD' };
  }
  const why = isOverdue ? overdue(target) : { en: 'the window is open', 'zh-CN': '时间窗口已开启' };
  return { kind: 'install', why, evenHeld: isOverdue };
}

/**
 * The next step towards the target, with its reason. A system that dpkg left halfway is brought round first, whatever is directed; what has
 * begun to install is finished; a window binds only what has not begun, and only until the deadline.
 */
export function nextPatchStep(facts: PatchFacts): PatchStep {
  const { target, progress, now } = facts;
  if (facts.isHalfway && !facts.isRecovered)
    return { kind: 'recover', why: { en: 'dpkg was interrupted', 'zh-CN': 'dpkg 曾被中断' } };
  if (target === undefined)
    return { kind: 'rest', why: { en: 'nothing is directed', 'zh-CN': '没有下达任何目标' } };
  if (facts.isCommitted) return committedStep(facts, target, progress);
  if (progress?.step === 'failed' || progress?.step === 'fell-back')
    return { kind: 'rest', why: givenUp(progress) };
  if (progress?.installedAt !== undefined)
    return {
      kind: 'give-up',
      why: {
        en: 'this release ran here and another one does now',
        'zh-CN': '此发布曾在此运行，现已换为另一发布',
      },
    };
  const isBegun = progress?.step === 'installing';
  if (!facts.isDownloaded) {
    const from = target.downloadFrom;
    const mayLoad =
      isBegun ||
      from === undefined ||
      now.getTime() >= Date.parse(from) ||
      now.getTime() >= Date.parse(target.deadline);
    if (!mayLoad) return { kind: 'wait', why: { en: 'to download', 'zh-CN': '等待下载时间' }, until: from };
    return {
      kind: 'download',
      why: { en: 'something that it needs is not here', 'zh-CN': '所需内容尚未齐备' },
    };
  }
  return installStep(facts, target, progress);
}
