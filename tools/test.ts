import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** The checks before the tests. All of them run: one failure hides no other. */
const checks = [
  { name: 'format and lint', command: 'biome', args: ['check', '.'] },
  { name: 'types', command: 'npm', args: ['run', '-s', 'typecheck'] },
  { name: 'unused code', command: 'knip', args: [] },
] as const;

/** Runs a tool of the project with the terminal's output and no input; resolves to its exit code. */
function runTool(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGTERM', forward);
      resolve(code ?? 130);
    });
  });
}

const failedChecks: string[] = [];
for (const { name, command, args } of checks) {
  const startedAt = performance.now();
  const ok = (await runTool(command, args)) === 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (!ok) failedChecks.push(name);
}
const counts = {
  IMPRINT_CHECKS_PASSED: String(checks.length - failedChecks.length),
  IMPRINT_CHECKS_FAILED: failedChecks.join(', '),
};
const tests = await runTool('vitest', ['run', ...process.argv.slice(2)], counts);
process.exitCode = tests !== 0 ? tests : Math.min(failedChecks.length, 1);
