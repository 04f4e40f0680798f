import { runAgent } from './cli/run.ts';

// No handler for signals: each durable write is whole or absent, so the process may end anywhere, also amid a scan.
process.exitCode = await runAgent(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  env: process.env,
});
