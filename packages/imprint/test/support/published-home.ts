import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { checkout, runProcess } from './imprint-process.ts';
import { findReport, type Summary } from './start-events.ts';

const minute = 60_000;

/**
 * A home that `npm start` published the sample edition in, for the whole file; gone with the file's last test, but for the one that
 * IMPRINT_PROOF_HOME names, which is used again.
 */
export function usePublishedHome() {
  let directory = '';
  let home = '';
  let summary: Summary;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'imprint-proof-'));
    home = process.env.IMPRINT_PROOF_HOME ?? join(directory, 'home');
    const started = await runProcess('start', ['--home', home, '--no-boot']);
    expect(started.code, started.stdout.slice(-3000)).toBe(0);
    summary = findReport(started.events);
  }, 30 * minute);
  afterAll(() => rm(directory, { recursive: true, force: true }), minute);
  return () => ({ home, summary, directory, checkout });
}
