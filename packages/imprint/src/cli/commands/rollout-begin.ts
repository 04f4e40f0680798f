import type { Command } from '../command.ts';
import { dayOf } from '../licence.ts';
import { planningTimeoutMs, type RolloutRow } from '../rollout.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

export const rolloutBegin: Command = {
  name: 'rollout begin',
  summary: {
    en: 'begin to move devices to a published release',
    'zh-CN': '开始将设备升级到已发布的版本',
  },
  description: [
    {
      en: 'The emergency lane waits for no offset and no office hours and soaks shorter. Somebody else has to approve it in time, or it halts. Failures halt it as ever.',
      'zh-CN':
        '紧急通道不等待日期偏移与办公时间，观察时间更短。须由他人按时批准，否则停止。失败同样会使其停止。',
    },
  ],
  args: [
    { name: 'PLAN', summary: { en: 'id of the ring plan', 'zh-CN': '环计划的编号' } },
    {
      name: 'RELEASE',
      summary: { en: 'SHA-256 of its release.json', 'zh-CN': '其 release.json 的 SHA-256' },
    },
  ],
  flags: [
    {
      name: 'base',
      type: 'string',
      value: 'DAY',
      summary: { en: 'the day all offsets count from, default now', 'zh-CN': '偏移的基准日期，默认当前' },
    },
    {
      name: 'emergency',
      type: 'string',
      value: 'REASON',
      summary: { en: 'take the emergency lane, and why', 'zh-CN': '使用紧急通道及其理由' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint rollout begin 01KB1A2B3C4D5E6F7G8H9JKMNP 7d1a54127b222502f5b79b5fb0803061152a44f92b37e23c6527baf665d4da9a --base 2026-12-07',
      summary: { en: 'from Monday on', 'zh-CN': '自周一起' },
    },
  ],
  async run(input) {
    const [base, reason] = [input.text('base'), input.text('emergency')];
    const body = {
      planId: input.argument('PLAN'),
      releaseSha256: input.argument('RELEASE'),
      ...(base === undefined ? {} : { baseAt: dayOf('base', base) }),
      ...(reason === undefined ? {} : { emergency: { reason } }),
    };
    const begun = (await changeOnServer(
      input,
      'POST /v1/rollouts',
      body,
      planningTimeoutMs,
    )) as RolloutRow & {
      readonly unassigned: number;
    };
    const { id, edition, channel, version, unassigned } = begun;
    const { say } = input.context;
    return {
      data: begun,
      text: [
        say({
          en: `${id}  ${edition}/${channel} to ${version}; ${unassigned} devices are in no ring`,
          'zh-CN': `${id}  ${edition}/${channel} 升级至 ${version}；${unassigned} 台设备不属于任何环`,
        }),
        ...dryRunLines(input),
      ],
    };
  },
};
