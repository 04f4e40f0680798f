import { listDefinitions, readRoot, releasePaths } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';

const day = 86_400_000;

export const antivirusShow: Command = {
  name: 'antivirus show',
  summary: { en: 'show the virus definitions each ring has', 'zh-CN': '显示各环现有的病毒库' },
  description: [
    {
      en: 'Every set is verified as a device would. A ring whose set is old is one whose devices are told to be stale.',
      'zh-CN': '每份病毒库都按设备的方式验证。病毒库陈旧的环，其设备会被判为过期。',
    },
  ],
  args: [{ name: 'EDITION', summary: { en: 'name of the edition', 'zh-CN': '版本名称' } }],
  flags: [],
  examples: [
    {
      line: 'imprint antivirus show gov-base',
      summary: { en: 'provider, ring, number, version and age', 'zh-CN': '产品、环、编号、版本与时效' },
    },
  ],
  async run(input) {
    const { context } = input;
    const paths = releasePaths(context.home);
    const root = await readRoot(paths.root);
    const sets = await listDefinitions(paths.repository, root.metadata, input.argument('EDITION'));
    const now = context.now().getTime();
    const rows = sets.map(({ provider, ring, sequence, version, builtAt }): [string, string] => {
      const days = Math.floor((now - Date.parse(builtAt)) / day);
      const age = context.say({ en: `${days} days old`, 'zh-CN': `已 ${days} 天` });
      return [`${provider}/${ring}`, `${sequence}  ${version}  ${age}`];
    });
    const none = context.say({ en: 'no definitions are published', 'zh-CN': '尚未发布病毒库' });
    return { data: { sets }, text: rows.length === 0 ? [none] : columns(rows) };
  },
};
