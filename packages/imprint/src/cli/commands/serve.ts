import { once } from 'node:events';
import { openLog } from '../../platform/log.ts';
import {
  readSettings,
  type SettingName,
  type SettingRecord,
  settingRecords,
} from '../../platform/settings.ts';
import type { Command, Flag } from '../command.ts';

/** Settings that are flags here; `home` is a flag of every command. */
const settings = Object.entries(settingRecords as Record<SettingName, SettingRecord>).filter(
  ([name]) => name !== 'home',
);

const flags: readonly Flag[] = settings.map(([, record]) => ({
  name: record.flag,
  type: 'string',
  value: record.type.toUpperCase(),
  summary: {
    en: `${record.help.en} (${record.env})`,
    'zh-CN': `${record.help['zh-CN']}（${record.env}）`,
  },
}));

export const serve: Command = {
  name: 'serve',
  summary: { en: 'run the server until it is stopped', 'zh-CN': '运行服务器直到停止' },
  description: [
    {
      en: 'Without DATABASE_URL a private PostgreSQL cluster is run. Ctrl-C finishes the requests under way and stops.',
      'zh-CN': '未设置 DATABASE_URL 时运行私有 PostgreSQL 集群。Ctrl-C 在完成进行中的请求后停止。',
    },
  ],
  args: [],
  flags,
  examples: [
    {
      line: 'imprint serve --host 0.0.0.0 --port 8470',
      summary: { en: 'for a whole network', 'zh-CN': '面向整个网络' },
    },
  ],
  async run(input) {
    const { context } = input;
    const given = settings.map(([name, record]) => [name, input.text(record.flag)] as const);
    const values = readSettings(context.terminal.env, {
      ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      home: context.home.directory,
    });
    // The server brings the database and every room: loaded only when it runs.
    const { startServer } = await import('../../server/index.ts');
    const server = await startServer({
      home: context.home.directory,
      settings: values,
      log: openLog(values.logLevel),
    });
    const { url } = server;
    if (!context.json)
      context.terminal.out(`${context.say({ en: `serving ${url}`, 'zh-CN': `服务于 ${url}` })}\n`);
    if (!context.signal.aborted) await once(context.signal, 'abort');
    await server.stop();
    return { data: { url, stopped: true }, text: [context.say({ en: 'stopped', 'zh-CN': '已停止' })] };
  },
};
