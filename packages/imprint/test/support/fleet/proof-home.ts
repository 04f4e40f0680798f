import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDriver } from '../../../src/start/cli-driver.ts';
import { type ServerProcess, serverProcess } from '../server-process.ts';
import { copyHome } from './copy-home.ts';

/** What a proof starts from. */
export interface ProofPlaces {
  /** A home that `npm start` published a release in. */
  readonly home: string;
  readonly directory: string;
  readonly checkout: string;
}

export type Say = (line: string) => void;

/** Runs a command of the command line, as its operator does. */
export type Run = (...argv: string[]) => Promise<unknown>;

/** A home of a proof's own, made from the published one. */
export interface ProofHome {
  readonly home: string;
  /** Prints a line with the seconds since it was made. */
  readonly say: Say;
  /** Commands against the server at an address. */
  readonly runAt: (url: string) => Run;
  remove(): void;
}

export function openProofHome({ home: from, directory, checkout }: ProofPlaces, name: string): ProofHome {
  const home = join(directory, name);
  copyHome(from, home);
  const begun = performance.now();
  const driver = openDriver({
    ...{ home, language: 'en', cwd: checkout, signal: new AbortController().signal },
    ...{ now: () => new Date(), reporter: () => {}, onCommand: () => {} },
  });
  return {
    home,
    say: (line) => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      process.stdout.write(`${seconds.padStart(4)} s  ${line}\n`);
    },
    runAt:
      (url) =>
      (...argv) =>
        driver.run([...argv, '--server', url]),
    remove: () => {
      // A home that is closed to the database's account keeps its database elsewhere.
      const note = join(home, 'database/location.json');
      if (existsSync(note)) rmSync(JSON.parse(readFileSync(note, 'utf8')).directory, { recursive: true });
    },
  };
}

/** Starts a server that devices of this host's networks reach; its address is the one on this host. */
export async function proofServer(home: string, checkInSeconds: number): Promise<ServerProcess> {
  const server = await serverProcess({
    ...{ IMPRINT_HOME: home, IMPRINT_HOST: '0.0.0.0', IMPRINT_CHECK_IN_SECONDS: String(checkInSeconds) },
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
  });
  return { ...server, url: server.url.replace('0.0.0.0', '127.0.0.1') };
}
