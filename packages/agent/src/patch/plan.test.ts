import type { RolloutTarget } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { nextPatchStep, type PatchFacts, timingOf } from './plan.ts';
import type { Progress } from './progress.ts';

const base = Date.parse('2026-11-23T00:00:00Z');
const at = (hours: number) => new Date(base + hours * 3_600_000);
const iso = (hours: number) => at(hours).toISOString();
const hour = fc.integer({ min: -20, max: 40 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const targets: fc.Arbitrary<RolloutTarget> = fc
  .record({
    from: maybe(hour),
    open: maybe(fc.integer({ min: 1, max: 10 })),
    deadline: hour,
    download: maybe(hour),
  })
  .map(({ from, open, deadline, download }) => ({
    ...{ releaseSha256: 'aa'.repeat(32), version: '2', sequence: 2, deadline: iso(deadline) },
    ...(download === undefined ? {} : { downloadFrom: iso(download) }),
    ...(from === undefined
      ? {}
      : { installWindow: { from: iso(from), ...(open === undefined ? {} : { to: iso(from + open) }) } }),
  }));

const steps = [
  'waiting',
  'downloading',
  'downloaded',
  'installing',
  'restart-needed',
  'installed',
  'failed',
  'fell-back',
] as const;

const facts: fc.Arbitrary<PatchFacts> = fc
  .record({
    target: maybe(targets),
    hours: hour,
    step: maybe(fc.constantFrom(...steps)),
    ...{ isCommitted: fc.boolean(), isHalfway: fc.boolean(), isRecovered: fc.boolean() },
    ...{ isDownloaded: fc.boolean(), isHeld: fc.boolean(), canRestart: fc.boolean() },
    ...{ isPersonPresent: fc.boolean(), isSameBoot: fc.boolean(), isAnnounced: fc.boolean() },
    ...{ chosen: maybe(hour), healthy: maybe(fc.boolean()), hasLeftover: fc.boolean() },
  })
  .map((one) => {
    const { target, step } = one;
    const isInstalled = step === 'restart-needed' || step === 'installed';
    const progress: Progress | undefined =
      step === undefined || target === undefined
        ? undefined
        : {
            ...{ target, step, since: iso(0), attempts: 0, bootId: 'boot-1', changed: ['app'] },
            ...(isInstalled ? { installedAt: iso(0) } : {}),
            ...(one.hasLeftover ? { leftover: ['linux-image-1'] } : {}),
            ...(one.isAnnounced ? { announcedAt: iso(0) } : {}),
            ...(one.chosen === undefined ? {} : { restartAfter: iso(one.chosen) }),
            ...(one.healthy === undefined ? {} : { healthy: one.healthy, healthCheckedAt: iso(0) }),
          };
    return {
      ...{ now: at(one.hours), isCommitted: one.isCommitted, isHalfway: one.isHalfway },
      ...{ isRecovered: one.isRecovered, isDownloaded: one.isDownloaded, held: one.isHeld ? ['app'] : [] },
      ...{ canRestart: one.canRestart, isPersonPresent: one.isPersonPresent, healthAgainMs: 3_600_000 },
      bootId: one.isSameBoot ? 'boot-1' : 'boot-2',
      ...(target === undefined ? {} : { target }),
      ...(progress === undefined ? {} : { progress }),
    };
  });

const always = (isSo: (facts: PatchFacts, step: ReturnType<typeof nextPatchStep>) => boolean) =>
  fc.assert(
    fc.property(facts, (one) => isSo(one, nextPatchStep(one))),
    { numRuns: 2000 },
  );

describe('the plan', () => {
  test('installs only in the window, from the deadline on, or what has begun', () => {
    always(({ target, now, progress }, step) => {
      if (step.kind !== 'install' || target === undefined) return step.kind !== 'install';
      const { isOpen, isOverdue } = timingOf(target, now);
      return isOpen || isOverdue || progress?.step === 'installing';
    });
  });

  test('never begins what was given up, and nothing where nothing is directed', () => {
    always(({ target, progress, isCommitted }, step) => {
      const acts = ['download', 'install'].includes(step.kind);
      if (target === undefined) return ['rest', 'recover'].includes(step.kind);
      return !(acts && (isCommitted || progress?.step === 'failed' || progress?.step === 'fell-back'));
    });
  });

  test('never touches what an administrator holds before the deadline, unless it has begun', () => {
    always(({ held, target, now, progress }, step) => {
      if (step.kind !== 'install' || held.length === 0 || target === undefined) return true;
      return timingOf(target, now).isOverdue || progress?.step === 'installing';
    });
  });

  test('never starts the system anew under a person without a warning, nor before they were told', () => {
    always(({ isPersonPresent, progress, target, now }, step) => {
      if (step.kind !== 'restart' || !isPersonPresent || target === undefined) return true;
      const hasChosen = progress?.restartAfter !== undefined && now >= new Date(progress.restartAfter);
      return step.isWarned && (hasChosen || timingOf(target, now).isOverdue);
    });
  });

  test('says healthy of nothing that still waits for its restart', () => {
    always(({ progress, bootId }, step) => {
      const isWaiting = progress?.step === 'restart-needed' && progress.bootId === bootId;
      return !(step.kind === 'check-health' && isWaiting);
    });
  });

  test('brings an interrupted dpkg round before anything else, once', () => {
    always(({ isHalfway, isRecovered }, step) => (step.kind === 'recover') === (isHalfway && !isRecovered));
  });

  test('waits for a moment that lies ahead, and acts by the deadline at the latest', () => {
    always(({ now, target, canRestart, progress, held }, step) => {
      if (step.kind !== 'wait' || target === undefined) return true;
      const isOverdue = timingOf(target, now).isOverdue;
      if (isOverdue) return !canRestart || progress?.healthy === false;
      if (step.until === undefined) return !canRestart;
      return new Date(step.until) > now || held.length > 0;
    });
  });

  test('has a reason for each step, in both languages', () => {
    always((_facts, step) => step.why.en.length > 5 && /[\u4e00-\u9fff]{4}/u.test(step.why['zh-CN']));
  });
});
