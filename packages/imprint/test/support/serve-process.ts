import { openLog } from '../../src/platform/log.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { startServer, stopOnSignals } from '../../src/server/index.ts';

// A server in a process of its own, for tests that kill it: prints its address, stops on SIGTERM.
const settings = readSettings(process.env);
const server = await startServer({
  home: settings.home,
  port: 0,
  settings,
  log: openLog(settings.logLevel),
});
process.stdout.write(`${server.url}\n`);
await stopOnSignals(server);
