import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { DeviceReport } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../start-events.ts';
import { type Fleet, type Member, startFleet } from './fleet.ts';
import { tampered, unapproved, unsigned, yesterday } from './lies.ts';
import type { Lie } from './lying-front.ts';
import { cutContainer, cutGuest, guestPatience, type PowerCut } from './power-cut.ts';
import { openProofHome, type ProofHome, type ProofPlaces } from './proof-home.ts';
import {
  beginRelease,
  broken,
  fleetRings,
  isOpen,
  keepPlan,
  mended,
  type Proof,
  quirk,
  type ShownRollout,
  shown,
  until,
} from './prove-rollout.ts';
import { type Released, release } from './releases.ts';
import { licenseDevices } from './seats.ts';
import { isWell, runs, type SeenDevice, seeUntil } from './seen-device.ts';

const minute = 60_000;
const size = 20;
/** Two of the agency's devices have what the broken release cannot live with. */
const quirky = [5, 8];
const patience = 300;

export interface FleetPlaces extends ProofPlaces {
  readonly summary: Pick<Summary, 'directory' | 'artifacts'>;
}

interface Told {
  readonly lie: string;
  readonly code: string | undefined;
  readonly runs: string | undefined;
}

interface Seen {
  readonly enrolled: readonly SeenDevice[];
  readonly halted: ShownRollout;
  readonly untouched: readonly SeenDevice[];
  readonly told: readonly Told[];
  readonly second: Released;
  readonly third: Released;
  /** Each device as it said how the release that mends it fares. */
  readonly installed: readonly SeenDevice[];
  readonly done: ShownRollout;
  readonly finished: readonly SeenDevice[];
  readonly guests: readonly SeenDevice[];
  readonly cuts: readonly PowerCut[];
}

function table(fleet: Fleet, { enrolled, halted, done, finished, told, cuts }: Seen): string {
  const rows = fleet.members.map(({ device }, index) => {
    const { posture, report } = finished[index] ?? {};
    const cells = [
      device.name.padEnd(10),
      (enrolled[index]?.posture.state ?? '').padEnd(8),
      (quirky.includes(index) ? 'quirk' : '').padEnd(6),
      (report?.release.version ?? '').padEnd(10),
      (report?.rollout?.step ?? '').padEnd(10),
      `${report?.integrity.checked ?? 0} paths`.padEnd(12),
      (posture?.state ?? '').padEnd(8),
      `${device.starts()} starts`.padEnd(9),
      `${device.cpuSeconds().toFixed(1)} s`,
    ];
    return cells.join(' ');
  });
  const said = [...[...halted.decisions].reverse(), ...[...done.decisions].reverse()].map(
    ({ en }) => `  ${en}`,
  );
  const refused = told.map(({ lie, code }) => `  ${lie}: ${code}`);
  const lost = cuts.map(({ name, step, starts }) => `  ${name}: while ${step}, started ${starts} times`);
  return [...rows, 'decisions', ...said, 'refused', ...refused, 'power lost', ...lost, ''].join('\n');
}

/** What the agent of a device answers to a lie, and what it runs afterwards. */
async function lieTo({ fleet }: Proof, { device }: Member, name: string, lie: Lie): Promise<Told> {
  fleet.front.lieTo(device.address, lie);
  try {
    const answer = async (...argv: string[]) => {
      const { stdout, stderr } = await device.run('imprint-agent', ...argv, '--json');
      return JSON.parse(stdout || stderr) as {
        code?: string;
        release?: { code?: string };
        report?: DeviceReport;
      };
    };
    const asked = await answer('check-in');
    const done = await answer('patch');
    const code = asked.release?.code ?? done.code ?? asked.code;
    const { stdout } = await device.run('cat', '/usr/lib/imprint/edition.json');
    return { lie: name, code, runs: (JSON.parse(stdout) as { version: string }).version };
  } finally {
    fleet.front.lieTo(device.address, undefined);
  }
}

async function live(proof: Proof, oldRepository: string): Promise<Seen> {
  const { fleet, home, say } = proof;
  const { desk, agency, country } = fleetRings(fleet.members);
  const victim = country[0] as Member;
  const everybody = (members: readonly { readonly id: string }[]) =>
    Promise.all(members.map(({ id }) => fleet.see(id)));
  const { guests } = fleet;
  const enrolled = await everybody([...fleet.members, ...guests]);
  say(`${enrolled.length} devices are enrolled and verified`);
  const plan = await keepPlan(proof, { desk, agency, country: [...country, ...guests] });

  const second = await beginRelease(proof, plan, await release(home, broken));
  await until(proof, second.rollout, isOpen('desk'));
  await fleet.bring(desk, runs(second.released), patience);
  await until(proof, second.rollout, isOpen('agency'));
  say('the desk runs it, the agency begins');
  const isOver = async () => (await shown(proof, second.rollout)).state !== 'active';
  await fleet.bring(agency, runs(second.released), patience, isOver);
  const halted = await until(proof, second.rollout, ({ state }) => state !== 'active');
  say(halted.decisions[0]?.en ?? '');
  const untouched = await everybody(country);

  const told = [
    await lieTo(proof, victim, 'a target that nobody approved', unapproved('ab'.repeat(32), 99)),
    await lieTo(proof, victim, 'the channel of an earlier day', yesterday(oldRepository)),
  ];
  // What halted stays for people to look at; they end it when they have something better.
  await proof.command('rollout', 'stop', second.rollout, '--reason', `mended by ${mended.version}`);
  const third = await beginRelease(proof, plan, await release(home, mended));
  told.push(await lieTo(proof, victim, 'a release without one party’s signature', unsigned));
  const isThere = runs(third.released);
  const cutting = Promise.all([
    cutContainer(say, country[1] as Member),
    ...guests.slice(0, 1).map((guest) => cutGuest(say, guest, () => fleet.see(guest.id))),
  ]);
  cutting.catch(() => {});
  const installed: SeenDevice[] = [];
  // Asked all the time: once all have answered nothing is directed any more, and nobody says how it went.
  const guestsInstalled = Promise.all(
    guests.map(({ id }) => seeUntil(() => fleet.see(id), isThere, guestPatience * 2)),
  );
  guestsInstalled.catch(() => {});
  for (const [name, members] of [
    ['desk', desk],
    ['agency', agency],
    ['country', country],
  ] as const) {
    await until(proof, third.rollout, isOpen(name));
    say(`${name} is open to ${third.released.version}`);
    if (name === 'country') told.push(await lieTo(proof, victim, 'changed packs', tampered));
    installed.push(...(await fleet.bring(members, isThere, patience)));
  }
  const cuts = await cutting;
  installed.push(...(await guestsInstalled));
  const done = await until(proof, third.rollout, ({ state }) => state !== 'active', guestPatience);
  // The verification after an installation may still be under way.
  const finished = await fleet.bring(fleet.members, isWell, patience);
  return {
    ...{ enrolled, halted, untouched, told, installed, done, finished, cuts },
    guests: await Promise.all(guests.map(({ id }) => seeUntil(() => fleet.see(id), isWell, guestPatience))),
    ...{ second: second.released, third: third.released },
  };
}

/**
 * Three rings of real devices: a release that makes two of them unwell halts, its successor reaches everybody. So many of the twenty
 * are virtual machines that start from the pressed disk; the others run its tree under their own systemd.
 */
export function fleetJourney(places: () => FleetPlaces, guests = 0): void {
  describe('a fleet of twenty devices', () => {
    let proof: ProofHome;
    let fleet: Fleet;
    let seen: Seen;

    beforeAll(async () => {
      const { summary, directory } = places();
      proof = openProofHome(places(), 'fleet');
      const { home, say, runAt } = proof;
      const oldRepository = join(directory, 'repository of an earlier day');
      execFileSync('cp', ['-al', join(home, 'repository'), oldRepository]);
      const artifact = (ending: string) =>
        join(summary.directory, summary.artifacts.find(({ name }) => name.endsWith(ending))?.name ?? '');
      fleet = await startFleet({
        ...{ home, size: size - guests, tree: artifact('.squashfs') },
        guests: { count: guests, disk: artifact('.img') },
        files: Object.fromEntries(quirky.map((number) => [number, { [quirk]: 'yes' }])),
        runAt,
        prepare: (command) => licenseDevices(command, home, size),
      });
      seen = await live({ fleet, home, say, command: runAt(fleet.server.url) }, oldRepository);
      process.stdout.write(table(fleet, seen));
    }, 50 * minute);
    afterAll(async () => {
      await fleet?.close();
      proof?.remove();
    }, 2 * minute);

    test('is enrolled and well before anything is rolled out', () => {
      expect(seen.enrolled).toHaveLength(size);
      expect(seen.enrolled.map(({ posture }) => posture.state)).toEqual(Array(size).fill('ok'));
    });

    test('is not given a release further that makes devices unwell, and is told why', () => {
      const { halted } = seen;
      expect(halted.state).toBe('halted');
      const groups = halted.groups.map(({ ring, phase, unhealthy }) => [ring, phase, unhealthy]);
      expect(groups).toEqual([
        ['desk', 'passed', 0],
        ['agency', 'open', 2],
        ['country', 'waiting', 0],
      ]);
      // It does not wait for the outcomes that could not change the verdict any more.
      expect(halted.decisions[0]?.en).toMatch(
        /^halted: in ring agency 2 of [2-6] devices failed \(33\.3 %, the limit is 30 % of at least 6\): 0 while installing, 0 fell back, 2 unhealthy after start, 0 silent since they began to install$/,
      );
      const offered = seen.untouched.filter(({ report }) => report?.rollout !== undefined);
      expect(offered).toEqual([]);
    });

    test('has the release that mends it on every device, verified, and everything well', () => {
      expect(seen.done.state).toBe('done');
      const outcomes = seen.installed.map(({ report }) => [
        report?.rollout?.releaseSha256,
        report?.rollout?.step,
        report?.rollout?.healthy,
      ]);
      expect(outcomes).toEqual(Array(size).fill([seen.third.sha256, 'installed', true]));
      expect(seen.done.groups.map(({ succeeded, pending }) => [succeeded, pending])).toEqual([
        [4, 0],
        [6, 0],
        [10, 0],
      ]);
      const states = [...seen.finished, ...seen.guests].map(({ report, posture }) => ({
        release: report?.release.sha256,
        integrity: [report?.integrity.state, report?.integrity.differing ?? []],
        posture: posture.state,
      }));
      const well = { release: seen.third.sha256, integrity: ['ok', []], posture: 'ok' };
      expect(states).toEqual(Array(size).fill(well));
    });

    test('has a device that lost its power while it installed, and finished', () => {
      expect(seen.cuts.map(({ step }) => step)).toEqual(Array(guests > 0 ? 2 : 1).fill('installing'));
    });

    test('has a device that refuses what a lying server offers, and says why', () => {
      expect(seen.told).toEqual([
        { lie: 'a target that nobody approved', code: 'AGENT_TARGET_NOT_VERIFIED', runs: '2026.11.0' },
        { lie: 'the channel of an earlier day', code: 'TRUST_TUF_ROLLBACK', runs: '2026.11.0' },
        {
          lie: 'a release without one party’s signature',
          code: 'TRUST_TUF_DIGEST',
          runs: '2026.11.0',
        },
        { lie: 'changed packs', code: expect.stringMatching(/^AGENT_PACK_/u), runs: '2026.11.0' },
      ]);
    });
  });
}
