import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { probeKvm } from '../../../src/device-lab/kvm-probe.ts';
import { type GuestDevice, guestDevice } from './guest-device.ts';
import { type LyingFront, openLyingFront } from './lying-front.ts';
import type { SeenDevice } from './seen-device.ts';

/** The host as a guest of QEMU's user network sees it. */
const hostSeenByGuest = '10.0.2.2';
const longestSeconds = 900;

/** A virtual machine that has enrolled. */
export interface EnrolledGuest {
  readonly device: GuestDevice;
  readonly id: string;
}

export interface Guests {
  readonly enrolled: readonly EnrolledGuest[];
  close(): Promise<void>;
}

export interface GuestsOptions {
  readonly count: number;
  readonly disk: string;
  readonly directory: string;
  /** The server's address on this host. */
  readonly url: string;
  readonly issue: () => Promise<string>;
  readonly see: (id: string) => Promise<SeenDevice>;
}

/** Who a guest is to the server, from what it says of itself in its first message. */
async function idOf(front: LyingFront, see: GuestsOptions['see']): Promise<string> {
  const deadline = performance.now() + longestSeconds * 1000;
  for (;;) {
    const id = front.lastDevice();
    const seen = id === undefined ? undefined : await see(id).catch(() => undefined);
    if (id !== undefined && seen?.posture.state === 'ok') return id;
    if (performance.now() > deadline) throw new Error(`a guest came to ${JSON.stringify(seen?.posture)}`);
    await sleep(2_000);
  }
}

/** Starts virtual machines on copies of a pressed disk, and waits until they have enrolled by themselves and are well. */
export async function startGuests(options: GuestsOptions): Promise<Guests> {
  const { count, disk, directory, url, issue, see } = options;
  mkdirSync(directory, { recursive: true });
  const accelerator = count > 0 && (await probeKvm()).usable ? 'kvm' : 'tcg';
  const started: { device: GuestDevice; front: LyingFront }[] = [];
  for (let number = 0; number < count; number += 1) {
    const front = await openLyingFront(url);
    const device = guestDevice({
      ...{ name: `guest-${number}`, directory: join(directory, String(number)), disk, accelerator },
      credentials: {
        'imprint.enrol-token': await issue(),
        'imprint.server': `http://${hostSeenByGuest}:${front.port}`,
      },
    });
    started.push({ device, front });
    device.start();
  }
  const close = async () => {
    for (const { device, front } of started) {
      await device.dispose();
      await front.close();
    }
  };
  try {
    const enrolled = await Promise.all(
      started.map(async ({ device, front }) => ({ device, id: await idOf(front, see) })),
    );
    return { enrolled, close };
  } catch (error) {
    await close();
    throw error;
  }
}
