import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './fleet.ts';
import type { EnrolledGuest } from './guests.ts';
import type { Say } from './proof-home.ts';
import type { SeenDevice } from './seen-device.ts';

/** How long a virtual machine may take for anything, emulated and beside others. */
export const guestPatience = 900;
const containerPollMs = 20;
const guestPollMs = 500;
const progressFile = '/var/lib/imprint-agent/patching.json';

/** A machine that lost its power while it installed. */
export interface PowerCut {
  readonly name: string;
  /** The step that its disk names, read while it was off. */
  readonly step: string | undefined;
  readonly starts: number;
}

const stepIn = (text: string | undefined) => (JSON.parse(text || '{}') as { step?: string }).step;

/** Takes a machine's power away when it installs, and gives it back. */
async function cutPower(
  say: Say,
  device: { readonly name: string; cut(): Promise<void>; start(): void; starts(): number },
  stepNow: () => Promise<string | undefined>,
  pollMs: number,
  read: () => string | undefined,
): Promise<PowerCut> {
  const deadline = performance.now() + guestPatience * 1000;
  while ((await stepNow()) !== 'installing') {
    if (performance.now() > deadline) throw new Error(`${device.name} never began to install`);
    await sleep(pollMs);
  }
  await device.cut();
  const step = stepIn(read());
  say(`${device.name} lost its power while ${step}`);
  device.start();
  return { name: device.name, step, starts: device.starts() };
}

export function cutContainer(say: Say, { device }: Member): Promise<PowerCut> {
  const read = () => {
    try {
      return readFileSync(join(device.root, progressFile), 'utf8');
    } catch {
      return undefined;
    }
  };
  return cutPower(say, device, async () => stepIn(read()), containerPollMs, read);
}

/** A virtual machine tells how far it is when it checks in. */
export function cutGuest(
  say: Say,
  { device }: EnrolledGuest,
  see: () => Promise<SeenDevice>,
): Promise<PowerCut> {
  const stepNow = async () => (await see()).report?.rollout?.step;
  return cutPower(say, device, stepNow, guestPollMs, () => device.readFile(progressFile));
}
