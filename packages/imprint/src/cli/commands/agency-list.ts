import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { type AgencyRow, agencyLabel, allAgencies } from '../licence.ts';
import { serverFlag } from '../texts.ts';

export const agencyList: Command = {
  name: 'agency list',
  summary: { en: 'show your agency and those below it, as a tree', 'zh-CN': '以树形显示本机构及其下级机构' },
  args: [],
  flags: [serverFlag],
  examples: [{ line: 'imprint agency list', summary: { en: 'codes and names', 'zh-CN': '代码与名称' } }],
  async run(input) {
    const agencies = await allAgencies(input);
    const { language } = input.context;
    const least = Math.min(...agencies.map(depthOf));
    return {
      data: { agencies },
      text: columns(
        agencies.map((agency) => [
          `${'  '.repeat(depthOf(agency) - least)}${agencyLabel(agency)}  ${agency.name[language]}`,
          [agency.kind, agency.sector ?? '–'].join('  '),
        ]),
      ),
    };
  },
};

const depthOf = ({ path }: AgencyRow) => path.split('/').length;
