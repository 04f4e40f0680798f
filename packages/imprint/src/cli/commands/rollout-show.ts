import type { Command, Input } from '../command.ts';
import { columns } from '../help.ts';
import { type RolloutRow, rolloutArgument, type Said } from '../rollout.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

interface Shown extends RolloutRow {
  readonly groups: readonly GroupRow[];
  readonly explanation: readonly Said[];
  readonly decisions: readonly (Said & { readonly at: string; readonly actor: string })[];
}
interface GroupRow {
  readonly ring: string;
  readonly group: number;
  readonly phase: string;
  readonly planned: number;
  readonly deferred: number;
  readonly pending: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly fellBack: number;
  readonly unhealthy: number;
}

export const rolloutShow: Command = {
  name: 'rollout show',
  summary: {
    en: 'show where a rollout stands, what it waits for, and why it did what it did',
    'zh-CN': '显示升级的进展、等待的内容以及每项决定的原因',
  },
  args: [rolloutArgument],
  flags: [serverFlag],
  examples: [
    {
      line: 'imprint rollout show 01KB1A2B3C4D5E6F7G8H9JKMNP',
      summary: { en: 'why does it not go on?', 'zh-CN': '为何没有继续？' },
    },
  ],
  async run(input) {
    const id = encodeURIComponent(input.argument('ROLLOUT'));
    const shown = (await callServer(input, `GET /v1/rollouts/${id}`)) as Shown;
    const { language } = input.context;
    const { environment, edition, channel, version, state } = shown;
    return {
      data: shown,
      text: [
        `${shown.id}  ${environment}  ${edition}/${channel}  ${version}  ${state}`,
        ...columns(shown.groups.map((group) => [`${group.ring}/${group.group + 1}`, figures(input, group)])),
        ...shown.explanation.map((sentence) => sentence[language]),
        ...columns(shown.decisions.map((decision) => [decision.at, decision[language]])),
      ],
    };
  },
};

function figures({ context: { say } }: Input, group: GroupRow): string {
  const { phase, planned, deferred, pending, succeeded, failed, fellBack, unhealthy } = group;
  const bad = failed + fellBack + unhealthy;
  return say({
    en: `${phase}  planned ${planned}  healthy ${succeeded}  under way ${pending}  deferred ${deferred}  failed ${bad}`,
    'zh-CN': `${phase}  计划 ${planned}  健康 ${succeeded}  进行中 ${pending}  推迟 ${deferred}  失败 ${bad}`,
  });
}
