import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { agencyIdOf, agencyLabels, day } from '../licence.ts';
import { listAll } from '../server-api.ts';
import { agencyFlag, serverFlag } from '../texts.ts';

interface ActivationRow {
  readonly id: string;
  readonly agencyId: string;
  readonly deviceId: string;
  readonly state: string;
  readonly seat: string;
  readonly origin: string;
  readonly generation: number;
  readonly leaseEndsAt: string;
  readonly overageUntil?: string;
  readonly duplicateAt?: string;
  readonly endedReason?: string;
}

export const licenceActivations: Command = {
  name: 'licence activations',
  summary: { en: 'list which devices hold a seat', 'zh-CN': '列出占用席位的设备' },
  args: [],
  flags: [
    { ...agencyFlag, summary: { en: 'only this agency and below', 'zh-CN': '仅此机构及其下级' } },
    {
      name: 'state',
      type: 'string',
      value: 'STATE',
      choices: ['active', 'released', 'revoked'],
      summary: { en: 'only in this state', 'zh-CN': '仅此状态' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence activations --agency GRID-N --state active',
      summary: { en: 'who uses the seats of one agency', 'zh-CN': '某机构席位的使用者' },
    },
  ],
  async run(input) {
    const agency = input.text('agency');
    const agencyId = agency === undefined ? undefined : await agencyIdOf(input, agency);
    const query = { agencyId, state: input.text('state') };
    const rows = await listAll<ActivationRow>(input, '/v1/activations', 'activations', ({ id }) => id, query);
    const labelOf = await agencyLabels(input);
    const { say } = input.context;
    return {
      data: { activations: rows },
      text: [
        say({ en: `activations (${rows.length})`, 'zh-CN': `激活（${rows.length}）` }),
        ...columns(
          rows.map((row) => [
            row.id,
            [
              labelOf(row.agencyId),
              row.state,
              row.seat,
              row.origin,
              say({
                en: `lease ${row.generation} to ${day(row.leaseEndsAt)}`,
                'zh-CN': `第 ${row.generation} 代租约至 ${day(row.leaseEndsAt)}`,
              }),
              row.deviceId,
              ...(row.duplicateAt === undefined ? [] : [say({ en: 'duplicate?', 'zh-CN': '疑似重复' })]),
              ...(row.endedReason === undefined ? [] : [row.endedReason]),
            ].join('  '),
          ]),
        ),
      ],
    };
  },
};
