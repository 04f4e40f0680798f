import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './fleet.ts';
import type { EnrolledGuest } from './guests.ts';

/** How long a virtual machine may take for anything, emulated and beside others. */
export const guestPatience = 900;
const pollMs = 20;
/** Long enough after the last download for apt to be at work, and not through, in a machine that is emulated. */
const intoInstallMs = 6_000;
const progressFile = '/var/lib/imprint-agent/patching.json';

/** A machine that lost its power while it installed. */
export interface PowerCut {
  readonly name: string;
  /** The step that its disk names, read while it was off. */
  readonly step: string | undefined;
  readonly starts: number;
}

type Say = (line: string) => void;

const stepIn = (text: string | undefined) => (JSON.parse(text || '{}') as { step?: string }).step;

/** Takes a machine's power away when it installs, and gives it back. */
async function cutPower(
  say: Say,
  device: { readonly name: string; cut(): Promise<void>; start(): void; starts(): number },
  isInstalling: () => boolean,
  read: () => string | undefined,
): Promise<PowerCut> {
  const deadline = performance.now() + guestPatience * 1000;
  while (!isInstalling() && performance.now() < deadline) await sleep(pollMs);
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
  return cutPower(say, device, () => stepIn(read()) === 'installing', read);
}

export function cutGuest(say: Say, { device, front }: EnrolledGuest): Promise<PowerCut> {
  const isInstalling = () => {
    const packs = front.lastAsked('/content/packs/');
    const last = Math.max(packs ?? 0, front.lastAsked('/content/blobs/') ?? 0);
    return packs !== undefined && performance.now() - last > intoInstallMs;
  };
  return cutPower(say, device, isInstalling, () => device.readFile(progressFile));
}
