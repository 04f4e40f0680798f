import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const maxBytes = 1024 * 1024;

/**
 * Writes lines to `agent.log` in the state, where the scheduler keeps none; a full one becomes `agent.log.old`. A line
 * that cannot be kept is dropped: a log stops nothing.
 */
export function fileLog(stateDir: string, now: () => Date): (line: string) => void {
  const path = join(stateDir, 'agent.log');
  return (line) => {
    try {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes) renameSync(path, `${path}.old`);
      appendFileSync(path, `${now().toISOString()} ${line}\r\n`, { mode: 0o600 });
    } catch {
      // Nobody is there to be told.
    }
  };
}
