import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Member } from './fleet.ts';
import type { Run, Say } from './proof-home.ts';
import type { Released } from './releases.ts';

/** A rollout as `imprint rollout show` tells of it. */
export interface ShownRollout {
  readonly id: string;
  readonly state: string;
  readonly groups: readonly {
    readonly ring: string;
    readonly phase: string;
    readonly planned: number;
    readonly pending: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly unhealthy: number;
  }[];
  readonly decisions: readonly { readonly code: string; readonly en: string }[];
}

/** The file by which a device is one that the broken release cannot live with. */
export const quirk = '/etc/printer-of-1998';

const healthCheck = (body: string) => `#!/bin/sh\n# Can this device print?\n${body}\n`;
/** What the second release brings: a check that finds devices with the quirk unwell. */
export const broken = {
  version: '2026.11.1',
  passwordMinLength: 14,
  ownPackage: {
    name: 'agency-printing',
    version: '1.0',
    scripts: { 'usr/lib/imprint/health.d/printing': healthCheck(`[ ! -e ${quirk} ]`) },
  },
} as const;
/** What mends it. On a virtual machine it takes long to configure: time enough to cut its power meanwhile. */
export const mended = {
  version: '2026.11.2',
  passwordMinLength: 14,
  ownPackage: {
    name: 'agency-printing',
    version: '1.1',
    scripts: {
      'usr/lib/imprint/health.d/printing': healthCheck(`[ ! -e ${quirk} ] || [ -x /usr/lib/printing/1998 ]`),
      'usr/lib/printing/1998': '#!/bin/sh\nexit 0\n',
    },
    postinst: '#!/bin/sh\n[ ! -b /dev/vda ] || sleep 120\n',
  },
} as const;

const thresholds = { successPercent: 100, errorPercent: 30, minimumSample: 6 };
const ring = (name: string, members: readonly { readonly id: string }[]) => ({
  name,
  select: { devices: members.map(({ id }) => id) },
  offsetDays: 0,
  soakHours: 0,
  thresholds,
});

/** Three rings: the operator's own desk, one agency, everybody else. */
export function fleetRings(members: readonly Member[]) {
  return { desk: members.slice(0, 4), agency: members.slice(4, 10), country: members.slice(10) };
}

export interface Proof {
  readonly fleet: Fleet;
  readonly home: string;
  readonly command: Run;
  /** Told what happens, line by line. */
  readonly say: Say;
}

/** Keeps a plan for rings of devices, and returns its id. */
export async function keepPlan(
  { home, command }: Pick<Proof, 'home' | 'command'>,
  rings: Readonly<Record<string, readonly { readonly id: string }[]>>,
): Promise<string> {
  const file = join(home, 'rings.json');
  const planned = Object.entries(rings).map(([name, members]) => ring(name, members));
  writeFileSync(file, JSON.stringify({ rings: planned, silenceHours: 1, deferralCapDays: 1 }));
  return ((await command('rollout', 'plan', file, '--environment', 'production')) as { id: string }).id;
}

export interface Begun {
  readonly released: Released;
  readonly rollout: string;
}

/** Begins to move the devices of a plan to a published release. */
export async function beginRelease(
  { command, say }: Pick<Proof, 'command' | 'say'>,
  planId: string,
  released: Released,
): Promise<Begun> {
  say(`${released.version} is approved by three and published`);
  for (let attempt = 0; ; attempt += 1) {
    // The server looks at its channels now and then.
    try {
      const begun = (await command('rollout', 'begin', planId, released.sha256)) as { id: string };
      return { released, rollout: begun.id };
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(1_000);
    }
  }
}

export const shown = async ({ command }: Proof, id: string): Promise<ShownRollout> =>
  (await command('rollout', 'show', id)) as ShownRollout;

/** Waits until a rollout is as it should come to be. */
export async function until(
  proof: Proof,
  id: string,
  is: (rollout: ShownRollout) => boolean,
  seconds = 60,
): Promise<ShownRollout> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const rollout = await shown(proof, id);
    if (is(rollout) || performance.now() > deadline) return rollout;
    await sleep(1_000);
  }
}

/** Is this ring open to its devices? */
export const isOpen =
  (name: string) =>
  ({ groups, state }: ShownRollout): boolean =>
    state !== 'active' || groups.some((group) => group.ring === name && group.phase !== 'waiting');
