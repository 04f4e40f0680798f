import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** What one run cost: wall time, and CPU time (user and system) of the process and everything it waited for; seconds. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Runs `"$@"` and writes the shell's `times` of its children to descriptor 3. Source: POSIX XCU `times`. */
const timedScript = '"$@"; status=$?; times >&3; exit $status';

function secondsOf(clock: string): number {
  const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/u.exec(clock) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and measures it; a command that fails is an error with the end of what it said. */
export function measureCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Cost> {
  const startedAt = performance.now();
  const child = spawn('sh', ['-c', timedScript, 'sh', command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  let said = '';
  let times = '';
  const listen = (text: Buffer) => {
    said = (said + text.toString()).slice(-4000);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  child.stdio[3]?.on('data', (text: Buffer) => {
    times += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const wall = (performance.now() - startedAt) / 1000;
      if (code !== 0) return reject(new Error(`${command} ${args.join(' ')}: exit ${code}\n${said}`));
      const children = times.trim().split('\n')[1] ?? '';
      const cpu = children.split(' ').reduce((sum, clock) => sum + secondsOf(clock), 0);
      resolve({ wall, cpu });
    });
  });
}

/** Measures work inside this process. */
export async function measureHere(work: () => Promise<unknown>): Promise<Cost> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - startedAt) / 1000, cpu: (user + system) / 1e6 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function medianCost(costs: readonly Cost[]): Cost {
  return { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) };
}

export interface Contender {
  readonly name: string;
  /** Runs it once and says what it cost; preparation happens outside what is measured. */
  readonly run: () => Promise<Cost>;
}

export interface Measured {
  readonly name: string;
  readonly runs: number;
  readonly cost: Cost;
}

/** Runs contenders in turn, A B A B, so that a busy moment of the machine touches all alike; medians. */
export async function compare(contenders: readonly Contender[], rounds: number): Promise<Measured[]> {
  const costs = contenders.map((): Cost[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, run }] of contenders.entries()) {
      const cost = await run();
      process.stderr.write(
        `bench: ${name}, round ${round + 1}: ${cost.wall.toFixed(2)} s, ${cost.cpu.toFixed(2)} s CPU\n`,
      );
      costs[index]?.push(cost);
    }
  }
  return contenders.map(({ name }, index) => ({
    name,
    runs: rounds,
    cost: medianCost(costs[index] ?? []),
  }));
}
