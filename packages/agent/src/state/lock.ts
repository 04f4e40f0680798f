import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';

const procBootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function holderOf(path: string, bootId: string): number | undefined {
  try {
    const [pid, boot] = readFileSync(path, 'utf8').trim().split(' ');
    const holder = Number(pid);
    return boot === bootId && holder !== process.pid && isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs `action` as the only agent at work on this state, or on the part of it that `name` stands for; a lock left by a dead process or an earlier boot is taken over.
 * @throws AGENT_LOCKED, AGENT_NOT_PERMITTED
 */
export async function withLock<T>(
  stateDir: string,
  action: () => Promise<T>,
  nameBoot: () => string = procBootId,
  name = 'lock',
): Promise<T> {
  const path = join(stateDir, name);
  const bootId = nameBoot();
  const mine = `${process.pid} ${bootId}\n`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'EEXIST') throw agentError('AGENT_NOT_PERMITTED', { path, reason: code ?? 'unknown' });
      const pid = holderOf(path, bootId);
      if (pid !== undefined || attempt > 3) throw agentError('AGENT_LOCKED', { pid: pid ?? 0 });
      rmSync(path, { force: true });
    }
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

/** `withLock` for a device, by the name its system gives to this start of it. */
export const withDeviceLock = <T>(
  { stateDir, platform }: Pick<Device, 'stateDir' | 'platform'>,
  action: () => Promise<T>,
): Promise<T> => withLock(stateDir, action, platform.windows === undefined ? procBootId : platform.bootId);

/** Runs `action` as the only patch run at work; reports go on meanwhile. @throws AGENT_LOCKED, AGENT_NOT_PERMITTED */
export const withPatchLock = <T>(
  { stateDir }: Pick<Device, 'stateDir'>,
  action: () => Promise<T>,
): Promise<T> => withLock(stateDir, action, procBootId, 'patch-lock');
