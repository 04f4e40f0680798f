import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { agencyIdOf, needed } from '../licence.ts';
import { readJson } from '../rollout.ts';
import { changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

interface PlanRow {
  readonly id: string;
  readonly environment: string;
  readonly version: number;
  readonly createdAt: string;
}

const environmentFlag = {
  name: 'environment',
  type: 'string',
  value: 'NAME',
  summary: { en: 'with FILE: the environment it is for', 'zh-CN': '与 FILE 合用：所属环境' },
} as const;

export const rolloutPlan: Command = {
  name: 'rollout plan',
  summary: { en: 'keep a ring plan, or list them', 'zh-CN': '保存环计划，或列出环计划' },
  description: [
    {
      en: 'A plan orders rings: whom each takes, in which groups, when it may begin, when devices install, and at which share of failures it halts. The same plan again is the same version.',
      'zh-CN':
        '计划规定各环的次序：选择哪些设备、如何分组、何时可开始、设备何时安装，以及失败达到多少比例时停止。再次提交相同计划仍为同一版本。',
    },
  ],
  args: [{ name: 'FILE', optional: true, summary: { en: 'the plan as JSON', 'zh-CN': 'JSON 格式的计划' } }],
  flags: [environmentFlag, agencyFlag, serverDryRunFlag, serverFlag],
  examples: [
    {
      line: 'imprint rollout plan rings.json --environment production',
      summary: { en: 'the next version', 'zh-CN': '保存为下一版本' },
    },
  ],
  async run(input) {
    const { say } = input.context;
    const file = input.optionalArgument('FILE');
    if (file === undefined) {
      const plans = await listAll<PlanRow>(input, '/v1/ring-plans', 'plans', ({ id }) => id);
      const title = say({ en: `ring plans (${plans.length})`, 'zh-CN': `环计划（${plans.length}）` });
      return { data: { plans }, text: [title, ...columns(plans.map(rowOf))] };
    }
    const agency = input.text('agency');
    const plan = (await changeOnServer(input, 'POST /v1/ring-plans', {
      environment: needed(input, environmentFlag, 'rollout plan'),
      ...(agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) }),
      plan: await readJson(input, file),
    })) as PlanRow;
    return { data: plan, text: [...columns([rowOf(plan)]), ...dryRunLines(input)] };
  },
};

const rowOf = ({ id, environment, version, createdAt }: PlanRow): [string, string] => [
  id,
  `${environment}  v${version}  ${createdAt}`,
];
