import { runAgent } from './index.ts';

// The entry of the single executable: its Node reads CommonJS only, which has no await at the top.
runAgent(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  env: process.env,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = 70;
    process.stderr.write(`${String(error)}\n`);
  },
);
