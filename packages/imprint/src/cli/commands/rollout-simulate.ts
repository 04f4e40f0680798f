import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { dayOf } from '../licence.ts';
import { planningTimeoutMs, type Said } from '../rollout.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface Simulated {
  readonly assumptions: {
    readonly devices: number;
    readonly offline: number;
    readonly unassigned: number;
    readonly failurePercent: number;
    readonly answerHours: number;
  };
  readonly days: readonly {
    readonly day: string;
    readonly offered: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly decisions: readonly Said[];
  }[];
  readonly state: string;
  readonly explanation: readonly Said[];
}

export const rolloutSimulate: Command = {
  name: 'rollout simulate',
  summary: {
    en: 'show what a plan would do to the present fleet, day by day',
    'zh-CN': '逐日显示计划对现有设备的影响',
  },
  description: [
    {
      en: 'Nothing is changed. Devices not heard for longer than the plan waits are taken to stay away; how many fail, and how soon the others answer, is assumed as you say. Exit 1 when it would not complete.',
      'zh-CN':
        '不做任何更改。无消息时间超过计划等待时长的设备视为一直不在线；失败比例与回应时间按所给值假定。若无法完成则退出码为 1。',
    },
  ],
  args: [{ name: 'PLAN', summary: { en: 'id of the ring plan', 'zh-CN': '环计划的编号' } }],
  flags: [
    {
      name: 'edition',
      type: 'string',
      value: 'NAME',
      required: true,
      summary: { en: 'devices of this edition', 'zh-CN': '此发行版的设备' },
    },
    {
      name: 'channel',
      type: 'string',
      value: 'NAME',
      summary: { en: 'and of this channel, default stable', 'zh-CN': '且属于此通道，默认 stable' },
    },
    {
      name: 'base',
      type: 'string',
      value: 'DAY',
      summary: { en: 'the base date, default now', 'zh-CN': '基准日期，默认当前' },
    },
    {
      name: 'failures',
      type: 'string',
      value: 'PERCENT',
      summary: { en: 'devices that fail, default 1', 'zh-CN': '失败设备的百分比，默认 1' },
    },
    {
      name: 'answer-hours',
      type: 'string',
      value: 'N',
      summary: { en: 'hours until a device answers, default 24', 'zh-CN': '设备回应所需小时数，默认 24' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint rollout simulate 01KB1A2B3C4D5E6F7G8H9JKMNP --edition gov-desktop --failures 5',
      summary: { en: 'would it halt?', 'zh-CN': '是否会停止？' },
    },
  ],
  async run(input) {
    const base = input.text('base');
    const [failures, hours] = [input.text('failures'), input.text('answer-hours')];
    const body = {
      planId: input.argument('PLAN'),
      edition: input.requiredText('edition'),
      channel: input.text('channel') ?? 'stable',
      ...(base === undefined ? {} : { baseAt: dayOf('base', base) }),
      ...(failures === undefined
        ? {}
        : { failurePercent: countOf('failures', failures, { least: 0, most: 100 }) }),
      ...(hours === undefined ? {} : { answerHours: countOf('answer-hours', hours, { least: 0 }) }),
    };
    const sent = { body, timeoutMs: planningTimeoutMs };
    const simulated = (await callServer(input, 'POST /v1/rollouts/simulate', sent)) as Simulated;
    const { say, language } = input.context;
    const { devices, offline, unassigned, failurePercent, answerHours } = simulated.assumptions;
    const title = say({
      en: `assumed: ${devices} devices, ${offline} stay away, ${unassigned} in no ring, ${failurePercent} % fail, the others answer after ${answerHours} h`,
      'zh-CN': `假定：${devices} 台设备，${offline} 台不在线，${unassigned} 台不属于任何环，${failurePercent} % 失败，其余在 ${answerHours} 小时后回应`,
    });
    const lines = simulated.days.flatMap(({ day, offered, succeeded, failed, decisions }) => [
      ...columns([
        [
          day,
          say({
            en: `offered ${offered}  healthy ${succeeded}  failed ${failed}`,
            'zh-CN': `已提供 ${offered}  健康 ${succeeded}  失败 ${failed}`,
          }),
        ],
      ]),
      ...decisions.map((decision) => `    ${decision[language]}`),
    ]);
    const rest = simulated.explanation.map((sentence) => sentence[language]);
    return { data: simulated, text: [title, ...lines, ...rest], exit: simulated.state === 'done' ? 0 : 1 };
  },
};
