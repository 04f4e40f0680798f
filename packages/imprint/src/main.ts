import { runCli } from './cli/run.ts';
import { processTerminal } from './cli/terminal.ts';

const controller = new AbortController();
// The first Ctrl-C asks for a clean stop; the second does not wait for it.
const stop = () => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort(new Error('interrupted'));
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

process.exitCode = await runCli(process.argv.slice(2), processTerminal(), {
  signal: controller.signal,
  now: () => new Date(),
});
process.off('SIGINT', stop);
process.off('SIGTERM', stop);
