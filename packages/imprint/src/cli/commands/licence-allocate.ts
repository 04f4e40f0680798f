import type { Command, Flag, Input, Outcome } from '../command.ts';
import { columns } from '../help.ts';
import { agencyIdOf, agencyLabel, agencyLabels, allAgencies, day, dayOf, needed } from '../licence.ts';
import { changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface AllocationRow {
  readonly id: string;
  readonly agencyId: string;
  readonly floor: number;
  readonly ceiling: number;
  readonly own: number;
  readonly taken: number;
  readonly free?: number;
  readonly reclaim?: { readonly ceiling: number; readonly at: string };
}

const ceilingFlag: Flag = {
  name: 'ceiling',
  type: 'string',
  value: 'N',
  summary: { en: 'seats it and those below it may take', 'zh-CN': '该机构及其下级最多可用的席位' },
};

export const licenceAllocate: Command = {
  name: 'licence allocate',
  summary: {
    en: 'divide seats among agencies, or show how they are',
    'zh-CN': '向机构分配席位，或显示分配情况',
  },
  description: [
    {
      en: 'Without AGENCY it shows the tree. A floor is reserved for an agency, a ceiling is the most it may take; what lies between is shared, first come, first served.',
      'zh-CN':
        '不给 AGENCY 时显示分配树。保底席位专供该机构，席位上限为其最多可用数量；两者之间的席位共享，先到先得。',
    },
  ],
  args: [
    { name: 'ENTITLEMENT', summary: { en: 'id of the entitlement', 'zh-CN': '授权编号' } },
    {
      name: 'AGENCY',
      optional: true,
      summary: { en: 'id or code of the agency', 'zh-CN': '机构的编号或代码' },
    },
  ],
  flags: [
    {
      name: 'floor',
      type: 'string',
      value: 'N',
      summary: { en: 'seats reserved for it, default 0', 'zh-CN': '为其保底的席位，默认 0' },
    },
    ceilingFlag,
    {
      name: 'reclaim-at',
      type: 'string',
      value: 'DAY',
      summary: {
        en: 'from when seats beyond the new ceiling are not renewed',
        'zh-CN': '自此日起，超出新上限的席位不再续期',
      },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence allocate 01KB1A2B3C4D5E6F7G8H9JKMNP GRID-N --floor 50 --ceiling 200',
      summary: { en: '50 for sure, up to 200', 'zh-CN': '保底 50 个，最多 200 个' },
    },
    {
      line: 'imprint licence allocate 01KB1A2B3C4D5E6F7G8H9JKMNP',
      summary: { en: 'who has what', 'zh-CN': '查看各机构的席位' },
    },
  ],
  async run(input) {
    const entitlementId = input.argument('ENTITLEMENT');
    const agency = input.optionalArgument('AGENCY');
    if (agency === undefined) return tree(input, entitlementId);
    const reclaimAt = input.text('reclaim-at');
    const allocation = (await changeOnServer(input, 'PUT /v1/allocations', {
      entitlementId,
      agencyId: await agencyIdOf(input, agency),
      floor: countOf('floor', input.text('floor') ?? '0', { least: 0 }),
      ceiling: countOf('ceiling', needed(input, ceilingFlag, 'licence allocate'), { least: 0 }),
      ...(reclaimAt === undefined ? {} : { reclaimAt: dayOf('reclaim-at', reclaimAt) }),
    })) as AllocationRow;
    const labelOf = await agencyLabels(input);
    return {
      data: allocation,
      text: [...columns([[labelOf(allocation.agencyId), figures(input, allocation)]]), ...dryRunLines(input)],
    };
  },
};

async function tree(input: Input, entitlementId: string): Promise<Outcome> {
  const rows = await listAll<AllocationRow>(input, '/v1/allocations', 'allocations', ({ id }) => id, {
    entitlementId,
  });
  const byAgency = new Map(rows.map((row) => [row.agencyId, row]));
  const agencies = (await allAgencies(input)).filter(({ id }) => byAgency.has(id));
  const { say, language } = input.context;
  return {
    data: { allocations: rows },
    text: [
      say({ en: `allocations (${rows.length})`, 'zh-CN': `分配（${rows.length}）` }),
      ...columns(
        agencies.map((agency) => {
          const above = agencies.filter(({ path }) => path !== agency.path && agency.path.startsWith(path));
          const row = byAgency.get(agency.id);
          return [
            `${'  '.repeat(above.length)}${agencyLabel(agency)}  ${agency.name[language]}`,
            row === undefined ? '' : figures(input, row),
          ];
        }),
      ),
    ],
  };
}

function figures({ context: { say } }: Input, row: AllocationRow): string {
  const { floor, ceiling, taken, free, reclaim } = row;
  const parts = [
    say({ en: `floor ${floor}`, 'zh-CN': `保底 ${floor}` }),
    say({ en: `ceiling ${ceiling}`, 'zh-CN': `上限 ${ceiling}` }),
    say({ en: `taken ${taken}`, 'zh-CN': `已占用 ${taken}` }),
    ...(free === undefined ? [] : [say({ en: `free ${free}`, 'zh-CN': `可用 ${free}` })]),
    ...(reclaim === undefined
      ? []
      : [
          say({
            en: `down to ${reclaim.ceiling} from ${day(reclaim.at)}`,
            'zh-CN': `自 ${day(reclaim.at)} 起降至 ${reclaim.ceiling}`,
          }),
        ]),
  ];
  return parts.join('  ');
}
