import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/imprint/test/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['packages/imprint/test/support/test-cluster.ts'],
    reporters: ['default', './tools/plain-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
