import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Figures } from './table.ts';

const rounds = 3;

/** Planning a rollout to a million devices, each round in a process of its own: seconds and peak memory. */
export async function rolloutSection(): Promise<Figures> {
  const runs = Array.from({ length: rounds }, run);
  const [first = []] = runs;
  const rows = first.map(([name], index) => {
    const middle = (column: 1 | 2) =>
      runs.map((rows) => rows[index]?.[column] ?? Number.NaN).sort((a, b) => a - b)[Math.floor(rounds / 2)];
    return [name, (middle(1) ?? Number.NaN).toFixed(2), String(middle(2))];
  });
  return {
    title: 'Planning a rollout to 1,000,000 devices',
    note: `Medians of ${rounds} processes against a PostgreSQL of their own, one step after another; memory is the peak of the process by then, the database's not included. Devices lie in 60 agencies.`,
    head: ['', 's', 'peak MB'],
    rows,
  };
}

function run(): [string, number, number][] {
  const script = join(import.meta.dirname, 'rollout-plan.ts');
  const said = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  return JSON.parse(said) as [string, number, number][];
}
