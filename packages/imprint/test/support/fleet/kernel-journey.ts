import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDriver } from '../../../src/start/cli-driver.ts';
import { type ServerProcess, serverProcess } from '../server-process.ts';
import { copyHome } from './copy-home.ts';
import { type Guests, startGuests } from './guests.ts';
import { cutGuest, guestPatience, type PowerCut } from './power-cut.ts';
import { beginRelease, keepPlan } from './prove-rollout.ts';
import { type Released, releaseLock, standingLock } from './releases.ts';
import { licenseDevices } from './seats.ts';
import { isWell, type SeenDevice, seeUntil } from './seen-device.ts';
import { beforeUpdates, kernelVersion } from './suite-lock.ts';

const minute = 60_000;

export interface KernelPlaces {
  /** A home that `npm start` published a release in. */
  readonly home: string;
  readonly directory: string;
  readonly checkout: string;
}

interface Seen {
  readonly before: string;
  readonly after: string;
  readonly second: Released;
  readonly cut: PowerCut;
  readonly device: SeenDevice;
  readonly starts: number;
  /** Every start's serial console, in order. */
  readonly console: string;
  readonly boot: readonly string[];
}

/** Kernels as a console names them, in the order in which they started. */
const startedKernels = (console: string) =>
  [...console.matchAll(/Linux version (\S+)/g)].map(([, version]) => version);

/**
 * A device that runs the suite's own kernel gets what security brought since: a kernel, its initrd and boot menu, libraries. It loses its
 * power in the middle, restarts by itself, and says that it is well.
 */
export function kernelJourney(places: () => KernelPlaces): void {
  describe('a kernel from the security archive, on a virtual machine', () => {
    let server: ServerProcess;
    let guests: Guests;
    let seen: Seen;

    beforeAll(async () => {
      const { home: from, directory, checkout } = places();
      const home = join(directory, 'kernel');
      copyHome(from, home);
      const begun = performance.now();
      const say = (line: string) =>
        process.stdout.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
      const lock = await standingLock(home);
      const earlier = await beforeUpdates(home, lock);
      const [before, after] = [kernelVersion(earlier), kernelVersion(lock)];
      if (before === after) throw new Error(`the security archive has no kernel but the suite's ${before}`);
      const versioned = (
        from: typeof lock,
        version: string,
        outputs: typeof lock.manifest.outputs,
      ): typeof lock => ({ ...from, version, manifest: { ...from.manifest, version, outputs } });
      const first = await releaseLock(home, versioned(earlier, '2026.11.1', ['rootfs', 'disk']));
      say(`${first.version} with ${before} is published`);

      server = await serverProcess({
        ...{ IMPRINT_HOME: home, IMPRINT_HOST: '0.0.0.0', IMPRINT_CHECK_IN_SECONDS: '10' },
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      });
      const url = server.url.replace('0.0.0.0', '127.0.0.1');
      const driver = openDriver({
        ...{ home, language: 'en', cwd: checkout, signal: new AbortController().signal },
        ...{ now: () => new Date(), reporter: () => {}, onCommand: () => {} },
      });
      const command = (...argv: string[]) => driver.run([...argv, '--server', url]);
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
      const isThere = (one: SeenDevice) => one.report?.release.sha256 === second.sha256 && isWell(one);
      const device = await seeUntil(() => see(guest.id), isThere, guestPatience * 2);
      say(`it is ${device.posture.state} on ${device.report?.release.version}`);
      await guest.device.cut();
      const consoles = [join(dirname(guest.device.console), 'consoles.log'), guest.device.console];
      seen = {
        ...{ before, after, second, cut, device, starts: guest.device.starts() },
        console: consoles.map((file) => readFileSync(file, 'utf8')).join(''),
        boot: [before, after].filter(
          (version) => guest.device.readFile(`/boot/config-${version}`) !== undefined,
        ),
      };
    }, 60 * minute);
    afterAll(async () => {
      await guests?.close();
      await server?.end('SIGTERM');
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
      expect([report?.rollout?.step, report?.rollout?.healthy]).toEqual(['installed', true]);
      expect([report?.integrity.state, report?.integrity.differing ?? []]).toEqual(['ok', []]);
      expect(posture.state).toBe('ok');
      expect(seen.boot).toEqual([seen.after]);
    });
  });
}
