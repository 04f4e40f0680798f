import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { fleetJourney } from '../support/fleet/fleet-journey.ts';
import { checkout, runProcess } from '../support/imprint-process.ts';
import { findReport, type Summary } from '../support/start-events.ts';

const minute = 60_000;
let directory: string;
let home: string;
let summary: Summary;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-proof-'));
  home = join(directory, 'home');
  const started = await runProcess('start', ['--home', home, '--no-boot']);
  expect(started.code, started.stdout.slice(-3000)).toBe(0);
  summary = findReport(started.events);
}, 30 * minute);
afterAll(() => rm(directory, { recursive: true, force: true }), minute);

fleetJourney(() => ({ home, summary, directory, checkout }), 2);
