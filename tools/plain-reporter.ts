import type { Reporter, TestModule } from 'vitest/node';

/**
 * Closes a run with one plain line, `N passed, N failed, N skipped`, for people and scripts that read logs.
 * Checks that ran before the tests are counted in, from `IMPRINT_CHECKS_PASSED` and `IMPRINT_CHECKS_FAILED`.
 */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const failedChecks = (process.env.IMPRINT_CHECKS_FAILED ?? '').split(', ').filter(Boolean);
    const count = {
      passed: Number(process.env.IMPRINT_CHECKS_PASSED ?? 0),
      failed: unhandledErrors.length + failedChecks.length,
      skipped: 0,
    };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed += 1;
        else if (state === 'failed') count.failed += 1;
        else count.skipped += 1;
      }
    }
    if (failedChecks.length > 0) process.stdout.write(`failed checks: ${failedChecks.join(', ')}\n`);
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
