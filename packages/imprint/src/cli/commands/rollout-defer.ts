import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { agencyIdOf, dayOf } from '../licence.ts';
import { readJson, rolloutArgument } from '../rollout.ts';
import { callServer } from '../server-api.ts';
import { agencyFlag, serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface Deferred {
  readonly deferrals: readonly {
    readonly agencyPath: string;
    readonly delayDays: number;
    readonly isPaused: boolean;
    readonly pausedUntil?: string;
  }[];
}

export const rolloutDefer: Command = {
  name: 'rollout defer',
  summary: {
    en: 'slow a rollout down for an agency below the one that began it',
    'zh-CN': '为发起机构的下级机构放慢升级',
  },
  description: [
    {
      en: 'It ends by itself with the cap of the plan. Without --days, --pause or --windows the agency defers no longer.',
      'zh-CN': '到达计划规定的上限后自动结束。不带 --days、--pause 或 --windows 时取消推迟。',
    },
  ],
  args: [rolloutArgument],
  flags: [
    agencyFlag,
    {
      name: 'days',
      type: 'string',
      value: 'N',
      summary: { en: 'begin so many days later', 'zh-CN': '推迟的天数' },
    },
    { name: 'pause', type: 'boolean', summary: { en: 'begin nothing for now', 'zh-CN': '暂不开始' } },
    {
      name: 'until',
      type: 'string',
      value: 'DAY',
      summary: { en: 'with --pause: when it ends', 'zh-CN': '与 --pause 合用：结束日期' },
    },
    {
      name: 'windows',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'smaller installation windows, as JSON',
        'zh-CN': '更小的安装时间窗口，JSON 格式',
      },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint rollout defer 01KB1A2B3C4D5E6F7G8H9JKMNP --agency GRID-N --pause --until 2026-12-20',
      summary: { en: 'not before the audit', 'zh-CN': '审计之后再升级' },
    },
  ],
  async run(input) {
    const [agency, days, until, windows] = ['agency', 'days', 'until', 'windows'].map((flag) =>
      input.text(flag),
    );
    const body = {
      ...(agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) }),
      ...(days === undefined ? {} : { delayDays: countOf('days', days, { least: 0 }) }),
      ...(input.has('pause') ? { isPaused: true } : {}),
      ...(until === undefined ? {} : { pausedUntil: dayOf('until', until) }),
      ...(windows === undefined ? {} : { installWindows: await readJson(input, windows) }),
    };
    const id = encodeURIComponent(input.argument('ROLLOUT'));
    const deferred = (await callServer(input, `PUT /v1/rollouts/${id}/deferral`, { body })) as Deferred;
    const { deferrals } = deferred;
    const { say } = input.context;
    const rows = deferrals.map((one): [string, string] => [
      one.agencyPath,
      one.isPaused
        ? say({
            en: `paused until ${one.pausedUntil ?? 'the cap'}`,
            'zh-CN': `暂停至 ${one.pausedUntil ?? '上限'}`,
          })
        : say({ en: `${one.delayDays} days later`, 'zh-CN': `推迟 ${one.delayDays} 天` }),
    ]);
    const title = say({ en: `deferrals (${deferrals.length})`, 'zh-CN': `推迟（${deferrals.length}）` });
    return { data: deferred, text: [title, ...columns(rows)] };
  },
};
