import { join, resolve } from 'node:path';

/** Every place below the state directory that the command line knows by name. */
export interface HomePaths {
  readonly directory: string;
  readonly store: string;
  readonly layers: string;
  readonly builds: string;
  readonly keys: string;
  readonly release: string;
  readonly repository: string;
  readonly database: string;
  readonly run: string;
}

/** Names the parts of a state directory; creates nothing. */
export function homePaths(directory: string): HomePaths {
  return {
    directory,
    store: join(directory, 'store'),
    layers: join(directory, 'layers'),
    builds: join(directory, 'builds'),
    keys: join(directory, 'keys'),
    release: join(directory, 'release'),
    repository: join(directory, 'repository'),
    database: join(directory, 'database'),
    run: join(directory, 'run'),
  };
}

/** Finds the state directory: the flag, then `IMPRINT_HOME`, then `./.imprint`. */
export function findHome(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): HomePaths {
  return homePaths(resolve(cwd, flag ?? env.IMPRINT_HOME ?? '.imprint'));
}
