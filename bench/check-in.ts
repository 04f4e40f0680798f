import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openClient as openSimulator } from '../tools/fleet-simulator/client.ts';
import { checkInMessage } from '../tools/fleet-simulator/device.ts';
import { enrolAll } from '../tools/fleet-simulator/simulate.ts';
import { type Client, openClient, type Request } from './check-in-client.ts';
import { peerPaths, peerVersion, startPeer } from './check-in-peer.ts';
import { median } from './measure.ts';
import type { Figures } from './table.ts';

export interface CheckInSizes {
  readonly devices: number;
  /** Check-ins of each device in one round. */
  readonly turns: number;
  readonly callers: number;
  readonly rounds: number;
}

const usual: CheckInSizes = {
  devices: 250,
  turns: 4,
  callers: 64,
  rounds: 3,
};

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function begun(home?: string): Promise<{ process: ChildProcess; url: string }> {
  const words = home === undefined ? [] : [home];
  const child = fork(join(import.meta.dirname, 'check-in-server.ts'), words, { stdio: 'inherit' });
  const [message] = await once(child, 'message');
  return { process: child, url: (message as { url: string }).url };
}

/** Check-ins a second with every acknowledged one durable. */
export async function checkInSection({
  devices: count,
  turns,
  callers,
  rounds,
}: CheckInSizes = usual): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  await chmod(home, 0o711);
  const [limit, whole, peer] = [await begun(), await begun(home), await startPeer()];
  const token = (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim();
  const clients = [limit, whole, peer].map((server) => openClient(server.url, callers));
  const [bare, imprint, other] = clients as [Client, Client, Client];
  try {
    const enrolling = openSimulator(whole.url, 8);
    const devices = await enrolAll(enrolling, { devices: count, callers: 8, token });
    enrolling.close();
    const done = names.map((): Round[] => []);
    let counter = 0;
    const messages = (isChanged: boolean) =>
      Array.from({ length: turns }, () => {
        counter += 1;
        return devices.map((device) => {
          if (isChanged) device.state += 1;
          return checkIn(checkInMessage(device, counter, new Date(), 'boot'));
        });
      });
    const asked = (request: (device: string) => Request) =>
      Array.from({ length: turns }, () => devices.map(({ id }) => request(id)));
    const { etag } = peer;
    const now = new Date().toISOString();
    // The first round warms all up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const measured = [
        await play(bare, messages(false), callers),
        await play(imprint, messages(false), callers),
        await play(imprint, messages(true), callers),
        await play(other, asked(peerPaths.poll()), callers),
        await play(other, asked(peerPaths.poll(etag)), callers),
        await play(other, asked(peerPaths.metrics(now)), callers),
      ];
      if (round > 0) done.forEach((list, index) => void list.push(measured[index] as Round));
    }
    return ratesTable(done, { callers, devices: count });
  } finally {
    for (const client of clients) client.close();
    limit.process.kill();
    await peer.stop();
    whole.process.disconnect();
    await once(whole.process, 'exit');
    await rm(home, { recursive: true, force: true });
  }
}

const checkIn = (message: string): Request => ({
  method: 'POST',
  path: '/v1/check-in',
  body: { message },
  expected: 200,
});

/** Sends each turn of all devices, so many at a time; a device's next message waits for its last. */
async function play(client: Client, turns: readonly (readonly Request[])[], callers: number): Promise<Round> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const requests of turns) {
    await inLanes(requests, callers, async (request) => {
      const sentAt = performance.now();
      const { status } = await client.send(request);
      if (status !== request.expected) throw new Error(`expected ${request.expected}, got ${status}`);
      latencies.push(performance.now() - sentAt);
    });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}

async function inLanes<T>(all: readonly T[], lanes: number, work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const names = [
  'the same framework, 200 bytes, no database',
  'imprint, nothing changed but the times',
  'imprint, every report changed',
  `unleash-server ${peerVersion}: a poll, 200`,
  `unleash-server ${peerVersion}: a poll, 304`,
  `unleash-server ${peerVersion}: a report, 202`,
];

function ratesTable(
  rounds: readonly (readonly Round[])[],
  { callers, devices }: { callers: number; devices: number },
): Figures {
  const middle = (list: readonly Round[], pick: (round: Round) => number) => median(list.map(pick));
  const base = middle(rounds[0] ?? [], ({ perSecond }) => perSecond);
  return {
    title: 'Check-ins',
    note: `${devices} devices, ${callers} kept-alive connections, messages signed beforehand, one client on the same machine. imprint verifies each signature and answers after COMMIT; its commits wait for the disk. The client's own work is in every row. unleash-server polls feature flags (five of them; no signature) and takes reports into memory, written later; its rate limit is raised, its telemetry off, its database a cluster like imprint's.`,
    head: ['', 'per second', 'ratio', 'p50 ms', 'p99 ms'],
    rows: names.map((name, index) => {
      const list = rounds[index] ?? [];
      const rate = middle(list, ({ perSecond }) => perSecond);
      const milliseconds = [middle(list, ({ p50 }) => p50), middle(list, ({ p99 }) => p99)];
      return [
        name,
        rate.toFixed(0),
        (rate / base).toFixed(2),
        ...milliseconds.map((value) => value.toFixed(1)),
      ];
    }),
  };
}
