import { readdirSync, statSync } from 'node:fs';
import type { ErrorParams, PatchSet } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { systemCode } from '../files/durable.ts';
import { lookAt } from '../observe/look.ts';
import { observePolicy } from '../observe/policy/index.ts';
import { isUnfinished, readDpkg } from './current.ts';
import type { PatchMachine } from './machine.ts';
import type { ReleasePackages } from './packages.ts';
import type { Progress } from './progress.ts';

const checksDirectory = '/usr/lib/imprint/health.d';
const checkMs = 120_000;
const shownNames = 5;

/** What a health check found wrong: a code of this agent, and its parameters. */
export interface Ailment {
  readonly code:
    | 'AGENT_HEALTH_DPKG'
    | 'AGENT_HEALTH_PACKAGES'
    | 'AGENT_HEALTH_KERNEL'
    | 'AGENT_HEALTH_UNITS'
    | 'AGENT_HEALTH_POLICY'
    | 'AGENT_HEALTH_CHECK';
  readonly params: ErrorParams;
}

/** What the release wants to be there; absent where it came with the image. */
export interface HealthWishes {
  readonly set?: PatchSet | undefined;
  readonly packages?: ReleasePackages | undefined;
}

/** Policies that are seen not to be kept. */
export const failingPolicies = (device: Device): string[] =>
  observePolicy(lookAt(device))
    .filter(({ state }) => state === 'failing')
    .map(({ id }) => id);

const listed = (names: readonly string[]): string =>
  names.length > shownNames
    ? `${names.slice(0, shownNames).join(', ')} and ${names.length - shownNames} more`
    : names.join(', ');

const ailment = (code: Ailment['code'], names: readonly string[]): Ailment | undefined =>
  names.length === 0 ? undefined : { code, params: { got: listed(names) } };

function differingPackages(device: Device, { set }: HealthWishes): string[] {
  const packages = readDpkg(device)?.packages ?? [];
  return (set?.packages ?? [])
    .filter((wanted) => !packages.some((one) => one.name === wanted.name && one.version === wanted.version))
    .map(({ name }) => name);
}

/** A kernel of the release runs, where the release has any. */
function kernelAilment({ kernel }: PatchMachine, { packages }: HealthWishes): Ailment | undefined {
  const kernels = [...(packages?.keys() ?? [])]
    .filter((name) => /^linux-image-\d/.test(name))
    .map((name) => name.slice('linux-image-'.length));
  if (
    kernel === '' ||
    kernels.length === 0 ||
    kernels.some((name) => kernel === name.replace(/-unsigned$/, ''))
  )
    return undefined;
  return { code: 'AGENT_HEALTH_KERNEL', params: { expected: kernels.join(', '), got: kernel } };
}

function checksOf(device: Device): string[] {
  try {
    return readdirSync(at(device, checksDirectory))
      .sort()
      .filter((name) => {
        const stats = statSync(at(device, `${checksDirectory}/${name}`));
        return stats.isFile() && (stats.mode & 0o100) !== 0;
      });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function failingChecks(device: Device, machine: PatchMachine): Promise<string[]> {
  const failing: string[] = [];
  for (const name of checksOf(device)) {
    const { status } = await machine.run(`${checksDirectory}/${name}`, [], checkMs);
    if (status !== 0) failing.push(`${name} (exit ${status})`);
  }
  return failing;
}

/** Looks once at what has to be well after an installation; the first thing that is not is told. */
async function examine(
  device: Device,
  machine: PatchMachine,
  wishes: HealthWishes,
  before: Pick<Progress, 'failedUnitsBefore' | 'failingPoliciesBefore'>,
): Promise<Ailment | undefined> {
  const unfinished = (readDpkg(device)?.packages ?? []).filter(isUnfinished);
  const known = new Set(before.failedUnitsBefore ?? []);
  const units = ((await machine.failedUnits()) ?? []).filter((name) => !known.has(name));
  const kept = new Set(before.failingPoliciesBefore ?? []);
  return (
    ailment(
      'AGENT_HEALTH_DPKG',
      unfinished.map(({ name, state }) => `${name} (${state})`),
    ) ??
    ailment('AGENT_HEALTH_PACKAGES', differingPackages(device, wishes)) ??
    kernelAilment(machine, wishes) ??
    ailment('AGENT_HEALTH_UNITS', units) ??
    ailment(
      'AGENT_HEALTH_POLICY',
      failingPolicies(device).filter((id) => !kept.has(id)),
    ) ??
    ailment('AGENT_HEALTH_CHECK', await failingChecks(device, machine))
  );
}

/** How long health is waited for. */
export interface Patience {
  /** What starts slowly is not ill before this has passed. */
  readonly settleMs: number;
  /** What is well has to be well still after this: a service that fails again and again takes its time. */
  readonly steadyMs: number;
}

const pauseMs = 5_000;

/** Examines the device until it is well, and well still a moment later, or until its time is up. Undefined: it is well. */
export async function checkHealth(
  device: Device,
  machine: PatchMachine,
  wishes: HealthWishes,
  before: Pick<Progress, 'failedUnitsBefore' | 'failingPoliciesBefore'>,
  { settleMs, steadyMs }: Patience,
): Promise<Ailment | undefined> {
  const look = () => examine(device, machine, wishes, before);
  for (let waited = 0; ; waited += pauseMs) {
    const isTimeUp = waited >= settleMs;
    if (isTimeUp || !(await machine.isStarting())) {
      let found = await look();
      if (found === undefined && steadyMs > 0) {
        await machine.sleep(steadyMs);
        found = await look();
      }
      if (found === undefined || isTimeUp) return found;
    }
    await machine.sleep(pauseMs);
  }
}
