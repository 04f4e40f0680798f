import type { Command, Input } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { agencyIdOf, agencyLabels } from '../licence.ts';
import { changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

interface TargetRow {
  readonly id: string;
  readonly agencyId: string;
  readonly kind: string;
  readonly address: string;
}

export const licenceAlerts: Command = {
  name: 'licence alerts',
  summary: {
    en: 'choose where alerts of 80, 95 and 100 % of seats go',
    'zh-CN': '设置席位用量达 80、95、100 % 时的告警去向',
  },
  description: [
    {
      en: "Without --add or --remove it lists. A webhook's secret, with which each message is signed, is shown this once.",
      'zh-CN': '不带 --add 或 --remove 时列出。Webhook 的签名密钥仅显示这一次，每条消息均以其签名。',
    },
  ],
  args: [],
  flags: [
    {
      name: 'add',
      type: 'string',
      value: 'ADDRESS',
      summary: { en: 'an https URL or a mail address', 'zh-CN': 'https 地址或邮箱地址' },
    },
    {
      ...agencyFlag,
      summary: {
        en: 'with --add: alerts of this agency and below',
        'zh-CN': '与 --add 合用：此机构及其下级的告警',
      },
    },
    {
      name: 'remove',
      type: 'string',
      value: 'ID',
      summary: { en: 'send no more there', 'zh-CN': '不再向此处发送' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence alerts --add https://alerts.example.test/seats --agency GRID-N',
      summary: { en: 'tell another program', 'zh-CN': '通知其他程序' },
    },
    { line: 'imprint licence alerts', summary: { en: 'where alerts go', 'zh-CN': '查看告警去向' } },
  ],
  async run(input) {
    const [address, removed] = [input.text('add'), input.text('remove')];
    if (address !== undefined && removed !== undefined) {
      throw cliError('CLI_ONE_OF', { choices: '--add | --remove', got: 'both', command: 'licence alerts' });
    }
    if (address !== undefined) return add(input, address);
    const { say } = input.context;
    if (removed !== undefined) {
      await changeOnServer(input, `DELETE /v1/alert-targets/${encodeURIComponent(removed)}`);
      const text = say({ en: `no more alerts to ${removed}`, 'zh-CN': `不再向 ${removed} 发送告警` });
      return { data: { removed }, text: [text, ...dryRunLines(input)] };
    }
    const rows = await listAll<TargetRow>(input, '/v1/alert-targets', 'targets', ({ id }) => id);
    const labelOf = await agencyLabels(input);
    return {
      data: { targets: rows },
      text: [
        say({ en: `alert targets (${rows.length})`, 'zh-CN': `告警去向（${rows.length}）` }),
        ...columns(rows.map((row) => [row.id, `${labelOf(row.agencyId)}  ${row.kind}  ${row.address}`])),
      ],
    };
  },
};

async function add(input: Input, address: string) {
  const agency = input.text('agency');
  const agencyId = agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) };
  const kind = /^https?:/i.test(address) ? 'webhook' : 'mail';
  const made = (await changeOnServer(input, 'POST /v1/alert-targets', { ...agencyId, kind, address })) as {
    target: TargetRow;
    secret?: string;
  };
  const { say } = input.context;
  const { target, secret } = made;
  return {
    data: made,
    text: [
      say({
        en: `alerts go to ${target.address} (${target.id})`,
        'zh-CN': `告警发送至 ${target.address}（${target.id}）`,
      }),
      ...(secret === undefined ? [] : [say({ en: `secret: ${secret}`, 'zh-CN': `密钥：${secret}` })]),
      ...dryRunLines(input),
    ],
  };
}
