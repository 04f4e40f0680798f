import { spawnSync } from 'node:child_process';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
}

/** Runs a program by argument array; undefined where it is missing, killed or too slow. */
export type CommandRunner = (
  file: string,
  args: readonly string[],
  options?: {
    readonly timeoutMs?: number;
    /** Windows: the arguments are quoted already, as the program wants them. */
    readonly isQuoted?: boolean;
  },
) => CommandResult | undefined;

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

/** Runs a program of the system with a fixed path and the C locale, at most 20 s and 4 MiB. */
export const runCommand: CommandRunner = (file, args, options = {}) => {
  const result = spawnSync(file, [...args], {
    env: environment,
    encoding: 'utf8',
    timeout: options.timeoutMs ?? 20_000,
    maxBuffer: 4 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (result.error !== undefined || result.status === null) return undefined;
  return { status: result.status, stdout: result.stdout };
};
