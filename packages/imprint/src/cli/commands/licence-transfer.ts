import type { Command, Input, Outcome } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { agencyIdOf, agencyLabels, needed } from '../licence.ts';
import { changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface TransferRow {
  readonly id: string;
  readonly fromAgencyId: string;
  readonly toAgencyId: string;
  readonly seats: number;
  readonly state: 'waiting' | 'applied' | 'cancelled';
  readonly consents: Partial<Record<Side, string>>;
}

type Side = (typeof sides)[number];
const sides = ['source', 'target', 'operator'] as const;

interface DeviceTransferRow {
  readonly activationId: string;
  readonly deviceId: string;
  readonly fromDeviceId: string;
}

const flag = (name: string, value: string, en: string, zh: string) =>
  ({ name, type: 'string', value, summary: { en, 'zh-CN': zh } }) as const;
const flags = {
  activation: flag(
    'activation',
    'ID',
    'the seat that moves to another device',
    '转移到其他设备的席位（激活编号）',
  ),
  device: flag('device', 'ID', 'the device it moves to', '转入的设备编号'),
  entitlement: flag('entitlement', 'ID', 'the entitlement whose seats move', '席位所属的授权'),
  from: flag('from', 'AGENCY', 'the agency that gives seats', '转出机构'),
  to: flag('to', 'AGENCY', 'the agency that gets them', '转入机构'),
  seats: flag('seats', 'N', 'how many', '席位数量'),
  consent: flag('consent', 'ID', 'consent to a transfer of seats', '同意席位转移'),
  cancel: flag('cancel', 'ID', 'cancel a transfer of seats', '取消席位转移'),
};

export const licenceTransfer: Command = {
  name: 'licence transfer',
  summary: {
    en: 'move a seat to another device, or seats to another agency',
    'zh-CN': '将席位转移到其他设备，或转移到其他机构',
  },
  description: [
    {
      en: 'A seat moves to another device at once; its end stays. Seats move to another agency when both sides and the operator have consented. Without anything it lists transfers of seats.',
      'zh-CN': '设备间转移即时生效，到期日不变。机构间转移须经双方与运营方均同意。不带参数时列出席位转移。',
    },
  ],
  args: [],
  flags: [...Object.values(flags), serverDryRunFlag, serverFlag],
  examples: [
    {
      line: 'imprint licence transfer --activation 01KB1A2B3C4D5E6F7G8H9JKMNP --device NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
      summary: { en: 'to the replacement of a broken device', 'zh-CN': '转给替换故障机的设备' },
    },
    {
      line: 'imprint licence transfer --entitlement 01KB1A2B3C4D5E6F7G8H9JKMNP --from GRID-N --to GRID-S --seats 20',
      summary: { en: 'propose to move 20 seats', 'zh-CN': '提出转移 20 个席位' },
    },
  ],
  async run(input) {
    const given = (['activation', 'entitlement', 'consent', 'cancel'] as const).filter((name) =>
      input.has(name),
    );
    const [act, ...others] = given;
    if (others.length > 0) {
      const choices = '--activation | --entitlement | --consent | --cancel';
      throw cliError('CLI_ONE_OF', { choices, got: given.join(' '), command: 'licence transfer' });
    }
    if (act === undefined) return list(input);
    if (act === 'activation') return toDevice(input);
    if (act === 'entitlement') return answer(input, await propose(input));
    const route = `POST /v1/seat-transfers/${encodeURIComponent(input.requiredText(act))}/${act}` as const;
    return answer(input, await changeOnServer(input, route));
  },
};

async function toDevice(input: Input): Promise<Outcome> {
  const body = {
    activationId: input.requiredText('activation'),
    deviceId: needed(input, flags.device, 'licence transfer'),
  };
  const done = (await changeOnServer(input, 'POST /v1/device-transfers', body)) as DeviceTransferRow;
  const { say } = input.context;
  return {
    data: done,
    text: [
      say({
        en: `the seat is kept for ${done.deviceId} (activation ${done.activationId})`,
        'zh-CN': `席位已为 ${done.deviceId} 保留（激活 ${done.activationId}）`,
      }),
      say({
        en: `it gets its lease when it asks; the lease of ${done.fromDeviceId} is revoked`,
        'zh-CN': `该设备申请时取得租约；${done.fromDeviceId} 的租约已撤销`,
      }),
      ...dryRunLines(input),
    ],
  };
}

async function propose(input: Input): Promise<unknown> {
  const need = (name: keyof typeof flags) => needed(input, flags[name], 'licence transfer');
  const [from, to, seats] = [need('from'), need('to'), countOf('seats', need('seats'))];
  return changeOnServer(input, 'POST /v1/seat-transfers', {
    entitlementId: input.requiredText('entitlement'),
    fromAgencyId: await agencyIdOf(input, from),
    toAgencyId: await agencyIdOf(input, to),
    seats,
  });
}

async function answer(input: Input, row: unknown): Promise<Outcome> {
  return { data: row, text: [...(await lines(input, [row as TransferRow])), ...dryRunLines(input)] };
}

async function list(input: Input): Promise<Outcome> {
  const rows = await listAll<TransferRow>(input, '/v1/seat-transfers', 'transfers', ({ id }) => id);
  const { say } = input.context;
  return {
    data: { transfers: rows },
    text: [
      say({ en: `transfers of seats (${rows.length})`, 'zh-CN': `席位转移（${rows.length}）` }),
      ...(await lines(input, rows)),
    ],
  };
}

async function lines(input: Input, rows: readonly TransferRow[]): Promise<string[]> {
  const labelOf = await agencyLabels(input);
  const { say } = input.context;
  const seats = (count: number) => say({ en: `seats ${count}`, 'zh-CN': `席位 ${count}` });
  return columns(
    rows.map((row) => [
      row.id,
      [
        `${labelOf(row.fromAgencyId)} → ${labelOf(row.toAgencyId)}`,
        seats(row.seats),
        row.state,
        ...(row.state === 'waiting' ? [missing(input, row)] : []),
      ].join('  '),
    ]),
  );
}

/** Who has not consented yet. */
function missing({ context: { say } }: Input, { consents }: TransferRow): string {
  const names = {
    source: say({ en: 'source', 'zh-CN': '转出方' }),
    target: say({ en: 'target', 'zh-CN': '转入方' }),
    operator: say({ en: 'operator', 'zh-CN': '运营方' }),
  };
  const wanting = sides.filter((side) => consents[side] === undefined).map((side) => names[side]);
  return say({ en: `still to consent: ${wanting.join(', ')}`, 'zh-CN': `尚待同意：${wanting.join('、')}` });
}
