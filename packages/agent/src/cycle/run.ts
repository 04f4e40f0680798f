import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { credential, type Device } from '../device.ts';
import { withDeviceLock } from '../state/lock.ts';
import { enrolmentRecord, type Schedule, scheduleRecord } from '../state/records.ts';
import { runSteps, startCycle } from './execute.ts';
import { type CycleEnd, isDue, secondsAfterStart, secondsUntilNext } from './schedule.ts';

const defaultCheckInSeconds = 3_600;

/** How a cycle ended, and the seconds until the next one. */
export interface CycleOutcome {
  readonly end: CycleEnd['kind'] | 'started' | 'waiting';
  readonly nextSeconds: number;
  readonly error?: unknown;
}

/** Tells the waiting loop how long to wait; without one there is nothing to tell. */
function announce(device: Device, seconds: number): void {
  if (device.runtimeDir !== undefined) writeFileSync(join(device.runtimeDir, 'next-seconds'), `${seconds}\n`);
}

const previousSchedule = (device: Device): Schedule => {
  try {
    return scheduleRecord.load(device.files) ?? { failures: 0 };
  } catch {
    // A damaged schedule costs one back-off, not the agent.
    return { failures: 0 };
  }
};

function isForgotten(error: unknown): boolean {
  return isImprintError(error, 'AGENT_SERVER_REFUSED') && error.params.code === 'FLEET_DEVICE_UNKNOWN';
}

function failedEnd(device: Device, error: unknown): CycleEnd {
  const failures = previousSchedule(device).failures + 1;
  const asked = isImprintError(error) ? error.params.retryAfterSeconds : undefined;
  // The server does not know this key any more; a token at hand means that someone wants it enrolled anew.
  if (isForgotten(error) && credential(device, 'imprint.enrol-token') !== undefined) {
    enrolmentRecord.clear(device.files);
  }
  return { kind: 'failed', failures, ...(typeof asked === 'number' ? { retryAfterSeconds: asked } : {}) };
}

async function cycleEnd(device: Device): Promise<{ end: CycleEnd; error?: unknown }> {
  try {
    const cycle = await runSteps(device, startCycle(device));
    if (!cycle.state.isEnrolled) return { end: { kind: 'not-enrolled' } };
    return { end: { kind: 'directed', seconds: cycle.directedSeconds ?? defaultCheckInSeconds } };
  } catch (error) {
    return { end: failedEnd(device, error), error };
  }
}

function remember(device: Device, end: CycleEnd, nextSeconds: number): void {
  const failures = end.kind === 'failed' ? end.failures : 0;
  const directed = end.kind === 'directed' ? end.seconds : previousSchedule(device).checkInSeconds;
  const decidedAt = device.now();
  const dueAt = new Date(decidedAt.getTime() + nextSeconds * 1000);
  const schedule = {
    failures,
    ...(directed === undefined ? {} : { checkInSeconds: directed }),
    ...(device.platform.windows === undefined
      ? {}
      : { decidedAt: decidedAt.toISOString(), dueAt: dueAt.toISOString() }),
  };
  try {
    scheduleRecord.save(device.files, schedule);
  } catch (error) {
    device.log(`schedule not kept: ${String(error)}`);
  }
}

/** Runs one cycle as the only agent at work, and says when the next is due. Failures are in the outcome, not thrown. */
export async function runCycle(device: Device): Promise<CycleOutcome> {
  const { end, error, nextSeconds } = await withDeviceLock(device, async () => {
    const ended = await cycleEnd(device);
    const seconds = secondsUntilNext(ended.end, device.random());
    remember(device, ended.end, seconds);
    return { ...ended, nextSeconds: seconds };
  });
  announce(device, nextSeconds);
  return { end: end.kind, nextSeconds, ...(error === undefined ? {} : { error }) };
}

/** For a system whose scheduler asks often: runs the cycle once its time has come, and else says how long it takes. */
export async function runWhenDue(device: Device): Promise<CycleOutcome> {
  const { dueAt, decidedAt } = previousSchedule(device);
  const now = device.now();
  if (dueAt === undefined || decidedAt === undefined || isDue(dueAt, decidedAt, now)) return runCycle(device);
  return { end: 'waiting', nextSeconds: Math.ceil((Date.parse(dueAt) - now.getTime()) / 1000) };
}

/** An enrolled device that has just started only draws its waiting time; a new one begins at once. */
export async function startUp(device: Device): Promise<CycleOutcome> {
  const enrolment = enrolmentRecord.load(device.files);
  if (enrolment === undefined) return runCycle(device);
  const directed = previousSchedule(device).checkInSeconds ?? enrolment.checkInSeconds;
  const nextSeconds = secondsAfterStart(directed, device.random());
  announce(device, nextSeconds);
  return { end: 'started', nextSeconds };
}
