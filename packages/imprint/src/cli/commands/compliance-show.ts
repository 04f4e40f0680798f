import type { Command, Input } from '../command.ts';
import { type ComplianceRow, complianceLine, figureFlag } from '../compliance.ts';
import { columns } from '../help.ts';
import { agencyLabels } from '../licence.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

interface Part {
  readonly total: ComplianceRow;
  readonly groups: readonly ComplianceRow[];
}
interface Compliance {
  readonly by: string;
  readonly figure: string;
  readonly smallCell: number;
  readonly own: Part;
  readonly below: Part;
}

export const complianceShow: Command = {
  name: 'compliance show',
  summary: {
    en: 'count how devices stand, by agency, sector, ring or edition',
    'zh-CN': '按机构、行业、环或版本统计设备状态',
  },
  description: [
    {
      en: 'Devices that never reported are unknown. Of agencies below your own, counts are said and no devices; a dot stands for a count that is too small to be said, or that would give such a one away.',
      'zh-CN':
        '从未上报的设备计为未知。对下级机构只给出数量，不列出设备；圆点表示该数量过小不予显示，或显示后可推算出过小的数量。',
    },
  ],
  args: [],
  flags: [
    {
      name: 'by',
      type: 'string',
      value: 'WHAT',
      choices: ['agency', 'sector', 'ring', 'edition'],
      summary: { en: 'group by, default agency', 'zh-CN': '分组方式，默认 agency' },
    },
    figureFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint compliance show --by sector --figure patch',
      summary: { en: 'which sectors lag behind with patches?', 'zh-CN': '哪些行业的补丁落后？' },
    },
  ],
  async run(input) {
    const query = { by: input.text('by'), figure: input.text('figure') };
    const shown = (await callServer(input, 'GET /v1/compliance', { query })) as Compliance;
    const { say } = input.context;
    const labelOf = shown.by === 'agency' ? await agencyLabels(input) : (key: string) => key;
    const own = say({ en: 'your agency', 'zh-CN': '本机构' });
    const below = say({ en: 'agencies below', 'zh-CN': '下级机构' });
    return {
      data: shown,
      text: [
        `${shown.figure}:`,
        ...partLines(input, own, shown.own, labelOf),
        ...partLines(input, below, shown.below, labelOf),
      ],
    };
  },
};

function partLines(
  input: Input,
  title: string,
  { total, groups }: Part,
  labelOf: (key: string) => string,
): string[] {
  const none = input.context.say({ en: '(none)', 'zh-CN': '（无）' });
  const rows = groups.map((group): [string, string] => [
    group.key === '' ? none : labelOf(group.key),
    complianceLine(input, group),
  ]);
  return [`${title}  ${complianceLine(input, total)}`, ...columns(rows)];
}
