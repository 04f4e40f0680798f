import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../server-process.ts';
import { type ContainerDevice, containerDevice } from './container-device.ts';
import { type EnrolledGuest, type Guests, startGuests } from './guests.ts';
import { type LyingFront, openLyingFront } from './lying-front.ts';
import { type Office, openOffice } from './office.ts';
import { proofServer, type Run } from './proof-home.ts';
import type { SeenDevice } from './seen-device.ts';

/** A member of the fleet: the machine, and who it is to the server. */
export interface Member {
  readonly device: ContainerDevice;
  readonly id: string;
}

export interface Fleet {
  readonly server: ServerProcess;
  readonly front: LyingFront;
  readonly office: Office;
  readonly members: readonly Member[];
  /** Devices that nobody works at: virtual machines with their own disk, enrolled before the others take the processors. */
  readonly guests: readonly EnrolledGuest[];
  /** Asks the server for one device. */
  see(id: string): Promise<SeenDevice>;
  /** Has devices report, a few at a time, until the server sees each so, the time is up, or nothing more is to be expected. */
  bring(
    members: readonly Member[],
    isThere: (seen: SeenDevice) => boolean,
    seconds: number,
    isOver?: () => Promise<boolean>,
  ): Promise<SeenDevice[]>;
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly home: string;
  /** The released squashfs that every device is made of. */
  readonly tree: string;
  readonly size: number;
  /** How many virtual machines beside them, and the pressed disk they start from. */
  readonly guests: { readonly count: number; readonly disk: string };
  /** Files that single devices have beyond the release, by their number. */
  readonly files: Readonly<Record<number, Readonly<Record<string, string>>>>;
  /** Commands against the server. */
  readonly runAt: (url: string) => Run;
  /** What is still to be done on the server before the first device. */
  readonly prepare?: (command: Run) => Promise<void>;
  readonly atOnce?: number;
}

/** Runs work on all, a few at a time, in order. */
export async function fewAtATime<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const done: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < all.length; index = next++) done[index] = await work(all[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done;
}

const settled =
  'while [ -e /run/imprint-agent/patch-due ] || ' +
  '[ "$(systemctl show -p ActiveState --value imprint-agent-patch.service)" = activating ]; do sleep 1; done';

/** Lets a device report as its service would, and waits for what follows from the answer. A device that starts anew meanwhile is fine. */
async function report(device: ContainerDevice): Promise<void> {
  const { status } = await device.run('imprint-agent', 'run');
  // Its own service is at it.
  if (status !== 0) await sleep(1_000);
  await device.run('timeout', '300', 'sh', '-c', settled);
}

/** Starts a fleet of devices made of one release, each enrolled with a token of its own. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { home, tree, size, guests, files, runAt, atOnce = 3 } = options;
  const directory = mkdtempSync(join(tmpdir(), 'imprint-fleet-'));
  const lower = join(directory, 'release');
  mkdirSync(lower);
  execFileSync('mount', ['-t', 'squashfs', '-o', 'loop,ro', tree, lower]);
  const office = openOffice();
  // Containers are asked to report; a guest does so by itself.
  const server = await proofServer(home, guests.count > 0 ? 30 : 3600);
  const { url } = server;
  const command = runAt(url);
  const front = await openLyingFront(url);
  const see = async (id: string) => (await command('device', 'show', id)) as SeenDevice;
  const devices: ContainerDevice[] = [];
  let virtual: Guests | undefined;
  const close = async () => {
    await virtual?.close();
    await Promise.all(devices.map((device) => device.dispose()));
    office.close();
    await front.close();
    await server.end('SIGTERM');
    spawnSync('umount', ['--lazy', lower]);
    rmSync(directory, { recursive: true, force: true });
  };
  const enrol = async (number: number): Promise<Member> => {
    const { secret } = (await command('token', 'new', '--label', `fleet ${number}`)) as {
      secret: string;
    };
    const device = containerDevice({
      ...{ number, lower, office, directory: join(directory, String(number)), files: files[number] ?? {} },
      credentials: {
        'imprint.enrol-token': secret,
        'imprint.server': `http://${office.gateway}:${front.port}`,
      },
    });
    devices.push(device);
    device.start();
    for (let attempt = 0; ; attempt += 1) {
      await sleep(1_000);
      const asked = await device.run('cat', '/var/lib/imprint-agent/enrolment.json').catch(() => undefined);
      const told = asked?.status === 0 ? await device.run('imprint-agent', 'status', '--json') : undefined;
      const { deviceId } = JSON.parse(told?.stdout || '{}') as { deviceId?: string };
      const seen = deviceId === undefined ? undefined : await see(deviceId).catch(() => undefined);
      const states = seen?.posture.figures.map(({ state }) => state) ?? ['unknown'];
      if (deviceId !== undefined && states.every((state) => state === 'ok')) return { device, id: deviceId };
      if (attempt === 300)
        throw new Error(`device ${number} came to ${JSON.stringify(seen?.posture ?? asked)}`);
    }
  };
  const bring: Fleet['bring'] = (members, isThere, seconds, isOver) =>
    fewAtATime(members, atOnce, async ({ device, id }) => {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        const seen = await see(id);
        if (isThere(seen) || performance.now() > deadline || (await isOver?.()) === true) return seen;
        await report(device).catch(() => sleep(2_000));
      }
    });
  try {
    await options.prepare?.(command);
    const issue = async () => ((await command('token', 'new')) as { secret: string }).secret;
    virtual = await startGuests({ ...guests, directory: join(directory, 'guests'), url, issue, see });
    const numbers = Array.from({ length: size }, (_, number) => number);
    const members = await fewAtATime(numbers, atOnce, enrol);
    return {
      server,
      front,
      office,
      members,
      guests: virtual.enrolled,
      see,
      bring,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
