import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { openLog } from '../../platform/log.ts';
import { readSettings } from '../../platform/settings.ts';
import { startServer } from '../../server/index.ts';
import type { Stage } from '../stage.ts';

/** A demonstration device is looked at by a person who waits: it checks in often. */
const checkInSeconds = '30';

/** Starts the server on this machine only; it stops when the run ends. */
export const serve: Stage = {
  id: 'serve',
  title: { en: 'serve it on this machine', 'zh-CN': '在本机提供服务' },
  async run({ home, options, facts, onEnd }) {
    await mkdir(home.run, { recursive: true });
    const file = join(home.run, 'server.log');
    await rm(file, { force: true });
    const destination = pino.destination({ dest: file, sync: true });
    const env = { IMPRINT_CHECK_IN_SECONDS: checkInSeconds, ...process.env };
    const settings = readSettings(env, { home: home.directory });
    const server = await startServer({
      home: home.directory,
      host: '127.0.0.1',
      port: options.port,
      settings,
      log: openLog(settings.logLevel, destination),
    });
    onEnd(() => server.stop());
    facts.served = { url: server.url, port: Number(new URL(server.url).port) };
    return { state: 'done', note: server.url };
  },
};
