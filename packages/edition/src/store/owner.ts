import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot, or undefined if there is none. Source: proc_pid_stat(5), field 22. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** This process's mark in a file name, `<pid>-<start time>`: a later process with the same pid has another. */
export function ownerMark(): string {
  return `${process.pid}-${startTime(process.pid) ?? '0'}`;
}

/** True while the process that made the mark runs. */
export function isOwnerAlive(mark: string): boolean {
  const [pid = '', started = ''] = mark.split('-');
  return startTime(Number(pid)) === started;
}
