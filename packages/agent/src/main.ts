import { runAgent } from './cli/run.ts';

process.on('SIGINT', () => process.exit(130));
process.exitCode = await runAgent(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  env: process.env,
});
