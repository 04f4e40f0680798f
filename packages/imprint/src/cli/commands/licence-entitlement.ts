import type { Command, Flag, Input, Outcome } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { agencyLabels, agreementOf, allAgreements, day, dayOf, needed } from '../licence.ts';
import { changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface EntitlementRow {
  readonly id: string;
  readonly agreementId: string;
  readonly agencyId: string;
  readonly edition: string;
  readonly deviceClass: string;
  readonly seats: number;
  readonly taken: number;
  readonly features: readonly string[];
  readonly overage: {
    readonly policy: string;
    readonly percent?: number;
    readonly days?: number;
    readonly count: number;
    readonly until?: string;
  };
  readonly startsAt: string;
  readonly endsAt: string;
  readonly endedAt?: string;
}

const classFlag: Flag = {
  name: 'class',
  type: 'string',
  value: 'CLASS',
  choices: ['desktop', 'laptop', 'thin-client', 'server', 'virtual'],
  summary: { en: 'class of device the seats are for', 'zh-CN': '席位适用的设备类别' },
};
const seatsFlag: Flag = {
  name: 'seats',
  type: 'string',
  value: 'N',
  summary: { en: 'how many seats', 'zh-CN': '席位数量' },
};

export const licenceEntitlement: Command = {
  name: 'licence entitlement',
  summary: { en: 'grant seats under an agreement, or list them', 'zh-CN': '在协议下授予席位，或列出授权' },
  description: [
    {
      en: 'Without AGREEMENT it lists all entitlements; with AGREEMENT alone those of one agreement. Seats beyond those granted are refused (deny), tolerated for a while (percent:N:D, N % for D days) or only reported (report).',
      'zh-CN':
        '不给 AGREEMENT 时列出全部授权；仅给 AGREEMENT 时列出该协议的授权。超出授予数量的席位可拒绝（deny）、限期容许（percent:N:D，即 D 天内超出 N %）或仅上报（report）。',
    },
  ],
  args: [
    { name: 'AGREEMENT', optional: true, summary: { en: 'number of the agreement', 'zh-CN': '协议编号' } },
  ],
  flags: [
    classFlag,
    seatsFlag,
    {
      name: 'feature',
      type: 'string',
      value: 'NAME',
      many: true,
      summary: { en: 'a feature the leases name', 'zh-CN': '租约中载明的功能' },
    },
    {
      name: 'overage',
      type: 'string',
      value: 'POLICY',
      summary: {
        en: 'deny, report or percent:N:D; default deny',
        'zh-CN': 'deny、report 或 percent:N:D，默认 deny',
      },
    },
    {
      name: 'starts',
      type: 'string',
      value: 'DAY',
      summary: { en: "default as the agreement's", 'zh-CN': '默认同协议' },
    },
    {
      name: 'ends',
      type: 'string',
      value: 'DAY',
      summary: { en: "default as the agreement's", 'zh-CN': '默认同协议' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence entitlement LA-2026-014 --class desktop --seats 500 --overage percent:10:30',
      summary: { en: '500 desktops, 10 % more for 30 days', 'zh-CN': '500 台台式机，可在 30 天内超出 10 %' },
    },
  ],
  async run(input) {
    const number = input.optionalArgument('AGREEMENT');
    const isNew = ['class', 'seats', 'feature', 'overage', 'starts', 'ends'].some((name) => input.has(name));
    if (number === undefined || !isNew) return list(input, number);
    const agreement = await agreementOf(input, number);
    const [starts, ends] = [input.text('starts'), input.text('ends')];
    const entitlement = (await changeOnServer(input, 'POST /v1/entitlements', {
      agreementId: agreement.id,
      deviceClass: needed(input, classFlag, 'licence entitlement'),
      seats: countOf('seats', needed(input, seatsFlag, 'licence entitlement')),
      features: input.list('feature'),
      overage: overageOf(input.text('overage') ?? 'deny'),
      ...(starts === undefined ? {} : { startsAt: dayOf('starts', starts) }),
      ...(ends === undefined ? {} : { endsAt: dayOf('ends', ends) }),
    })) as EntitlementRow;
    return { data: entitlement, text: [...(await lines(input, [entitlement])), ...dryRunLines(input)] };
  },
};

function overageOf(text: string): { policy: string; percent?: number; days?: number } {
  if (text === 'deny' || text === 'report') return { policy: text };
  const match = /^percent:([0-9]{1,3}):([0-9]{1,3})$/.exec(text);
  if (match === null) throw cliError('CLI_OVERAGE', { got: text });
  return { policy: 'percent', percent: Number(match[1]), days: Number(match[2]) };
}

async function list(input: Input, number: string | undefined): Promise<Outcome> {
  const agreementId = number === undefined ? undefined : (await agreementOf(input, number)).id;
  const query = { agreementId };
  const rows = await listAll<EntitlementRow>(
    input,
    '/v1/entitlements',
    'entitlements',
    ({ id }) => id,
    query,
  );
  const { say } = input.context;
  return {
    data: { entitlements: rows },
    text: [
      say({ en: `entitlements (${rows.length})`, 'zh-CN': `授权（${rows.length}）` }),
      ...(await lines(input, rows)),
    ],
  };
}

async function lines(input: Input, rows: readonly EntitlementRow[]): Promise<string[]> {
  const numbers = new Map((await allAgreements(input)).map(({ id, number }) => [id, number]));
  const labelOf = await agencyLabels(input);
  const { say } = input.context;
  return columns(
    rows.map((row) => [
      row.id,
      [
        numbers.get(row.agreementId) ?? row.agreementId,
        labelOf(row.agencyId),
        row.deviceClass,
        say({ en: `${row.taken} of ${row.seats} seats`, 'zh-CN': `席位 ${row.taken}/${row.seats}` }),
        overageText(row),
        `${day(row.startsAt)} – ${day(row.endsAt)}`,
        row.features.join(','),
      ]
        .filter((part) => part !== '')
        .join('  '),
    ]),
  );
}

function overageText({ overage }: EntitlementRow): string {
  const { policy, percent, days, count } = overage;
  const text = policy === 'percent' ? `percent:${percent}:${days}` : policy;
  return count > 0 ? `${text} (+${count})` : text;
}
