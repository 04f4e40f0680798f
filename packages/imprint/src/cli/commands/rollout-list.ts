import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import type { RolloutRow } from '../rollout.ts';
import { listAll } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

export const rolloutList: Command = {
  name: 'rollout list',
  summary: { en: 'list rollouts and their states', 'zh-CN': '列出升级及其状态' },
  args: [],
  flags: [serverFlag],
  examples: [
    { line: 'imprint rollout list', summary: { en: 'what is under way', 'zh-CN': '查看进行中的升级' } },
  ],
  async run(input) {
    const rollouts = await listAll<RolloutRow>(input, '/v1/rollouts', 'rollouts', ({ id }) => id);
    const title = { en: `rollouts (${rollouts.length})`, 'zh-CN': `升级（${rollouts.length}）` };
    const rows = rollouts.map(({ id, environment, edition, channel, version, state }): [string, string] => [
      id,
      `${environment}  ${edition}/${channel}  ${version}  ${state}`,
    ]);
    return { data: { rollouts }, text: [input.context.say(title), ...columns(rows)] };
  },
};
