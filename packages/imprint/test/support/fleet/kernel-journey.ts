import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DebianLock } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerProcess } from '../server-process.ts';
import { type Guests, startGuests } from './guests.ts';
import { cutGuest, guestPatience, type PowerCut } from './power-cut.ts';
import { openProofHome, type ProofHome, type ProofPlaces, proofServer } from './proof-home.ts';
import { beginRelease, keepPlan } from './prove-rollout.ts';
import { type Released, releaseLock, standingLock } from './releases.ts';
import { licenseDevices } from './seats.ts';
import { isWell, runs, type SeenDevice, seeUntil } from './seen-device.ts';
import { beforeUpdates, kernelVersion } from './suite-lock.ts';

const minute = 60_000;

interface Seen {
  readonly before: string;
  readonly after: string;
  readonly second: Released;
  readonly cut: PowerCut;
  /** As it said how the release fares, and when everything was verified. */
  readonly installed: SeenDevice;
  readonly device: SeenDevice;
  readonly starts: number;
  /** Every start's serial console, in order. */
  readonly console: string;
  readonly boot: readonly string[];
}

/** A lock as another version of the edition, which is pressed in these forms. */
const versioned = (
  lock: DebianLock,
  version: string,
  outputs: DebianLock['manifest']['outputs'],
): DebianLock => ({
  ...lock,
  version,
  manifest: { ...lock.manifest, version, outputs },
});

/** Kernels as a console names them, in the order in which they started. */
const startedKernels = (console: string) =>
  [...console.matchAll(/Linux version (\S+)/g)].map(([, version]) => version);

/**
 * A device that runs the suite's own kernel gets what security brought since: a kernel, its initrd and boot menu, libraries. It loses its
 * power in the middle, restarts by itself, and says that it is well.
 */
export function kernelJourney(places: () => ProofPlaces): void {
  describe('a kernel from the security archive, on a virtual machine', () => {
    let proof: ProofHome;
    let server: ServerProcess;
    let guests: Guests;
    let seen: Seen;

    beforeAll(async () => {
      const { directory } = places();
      proof = openProofHome(places(), 'kernel');
      const { home, say } = proof;
      const lock = await standingLock(home);
      const earlier = await beforeUpdates(home, lock);
      const [before, after] = [kernelVersion(earlier), kernelVersion(lock)];
      if (before === after) throw new Error(`the security archive has no kernel but the suite's ${before}`);
      const first = await releaseLock(home, versioned(earlier, '2026.11.1', ['rootfs', 'disk']));
      say(`${first.version} with ${before} is published`);

      server = await proofServer(home, 10);
      const { url } = server;
      const command = proof.runAt(url);
      const see = async (id: string) => (await command('device', 'show', id)) as SeenDevice;
      await licenseDevices(command, home, 1);
      const disk = (await readdir(first.directory)).find((name) => name.endsWith('.img')) ?? '';
      guests = await startGuests({
        ...{ count: 1, disk: join(first.directory, disk), directory: join(directory, 'guests'), url, see },
        issue: async () => ((await command('token', 'new')) as { secret: string }).secret,
      });
      const [guest] = guests.enrolled;
      if (guest === undefined) throw new Error('no guest');
      say(`${guest.id} is enrolled and well`);

      const plan = await keepPlan({ home, command }, { desk: [guest] });
      const second = await releaseLock(home, versioned(lock, '2026.11.2', ['rootfs']));
      await beginRelease({ command, say }, plan, second);
      const cut = await cutGuest(say, guest, () => see(guest.id));
      // Once it has answered nothing is directed any more, and it says nothing of how it went.
      const installed = await seeUntil(() => see(guest.id), runs(second), guestPatience * 2);
      const isThere = (one: SeenDevice) => one.report?.release.sha256 === second.sha256 && isWell(one);
      const device = await seeUntil(() => see(guest.id), isThere, guestPatience);
      say(`it is ${device.posture.state} on ${device.report?.release.version}`);
      await guest.device.cut();
      const consoles = [join(dirname(guest.device.console), 'consoles.log'), guest.device.console];
      seen = {
        ...{ before, after, second, cut, installed, device, starts: guest.device.starts() },
        console: consoles.map((file) => readFileSync(file, 'utf8')).join(''),
        boot: [before, after].filter(
          (version) => guest.device.readFile(`/boot/config-${version}`) !== undefined,
        ),
      };
    }, 60 * minute);
    afterAll(async () => {
      await guests?.close();
      await server?.end('SIGTERM');
      proof?.remove();
    }, 2 * minute);

    test('has begun to install when its power is cut', () => {
      expect(seen.cut.step).toBe('installing');
    });

    test('restarts by itself into the new kernel', () => {
      expect(startedKernels(seen.console)).toEqual([seen.before, seen.before, seen.after]);
      expect(seen.starts).toBe(3);
    });

    test('is verified path by path and well, and the kernel before is gone', () => {
      const { report, posture } = seen.device;
      expect(report?.release.sha256).toBe(seen.second.sha256);
      const { rollout } = seen.installed.report ?? {};
      const well = { releaseSha256: seen.second.sha256, step: 'installed', healthy: true };
      expect(rollout).toMatchObject(well);
      expect([report?.integrity.state, report?.integrity.differing ?? []]).toEqual(['ok', []]);
      expect(posture.state).toBe('ok');
      expect(seen.boot).toEqual([seen.after]);
    });
  });
}
