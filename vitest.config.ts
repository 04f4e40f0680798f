import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tools/longest-first.ts';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/imprint/test/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['packages/imprint/test/support/test-cluster.ts'],
    reporters: ['default', './tools/plain-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Commands that tests start as processes find their modules compiled: half of what such a process costs.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/imprint/compiled') },
  },
});
