import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { agencyLabels } from '../licence.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

interface Holders {
  readonly own: {
    readonly devices: number;
    readonly unknown: number;
    readonly holders: readonly {
      readonly id: string;
      readonly hostname: string;
      readonly versions: readonly { readonly version: string }[];
    }[];
  };
  readonly belowOwn: {
    readonly devicesAtLeast: number;
    readonly unknownAtLeast: number;
    readonly agencies: readonly { readonly agencyId: string; readonly devicesAtLeast: number }[];
  };
}

export const compliancePackage: Command = {
  name: 'compliance package',
  summary: {
    en: 'find devices that have a package, also one below a version',
    'zh-CN': '查找装有某软件包（可限定低于某版本）的设备',
  },
  description: [
    {
      en: 'It is answered from what devices report to have installed. Numbers of agencies below are said in steps: at least so many.',
      'zh-CN': '依据设备上报的已装软件包作答。下级机构的数量按步长给出，即“至少”若干台。',
    },
  ],
  args: [{ name: 'PACKAGE', summary: { en: 'name of the package', 'zh-CN': '软件包名称' } }],
  flags: [
    {
      name: 'below',
      type: 'string',
      value: 'VERSION',
      summary: { en: 'only versions below this one', 'zh-CN': '仅低于此版本' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint compliance package openssl --below 3.0.17-1~deb12u1',
      summary: { en: 'who still has the flawed one?', 'zh-CN': '谁仍在使用有缺陷的版本？' },
    },
  ],
  async run(input) {
    const name = encodeURIComponent(input.argument('PACKAGE'));
    const query = { below: input.text('below'), limit: '200' };
    const found = (await callServer(input, `GET /v1/inventory/packages/${name}`, { query })) as Holders;
    const { own, belowOwn } = found;
    const labelOf = await agencyLabels(input);
    const { say } = input.context;
    const agencies = belowOwn.agencies.map(({ agencyId, devicesAtLeast }): [string, string] => [
      labelOf(agencyId),
      say({ en: `at least ${devicesAtLeast}`, 'zh-CN': `至少 ${devicesAtLeast}` }),
    ]);
    const holders = own.holders.map(({ id, hostname, versions }): [string, string] => [
      id,
      [hostname, ...versions.map(({ version }) => version)].join('  '),
    ]);
    return {
      data: found,
      text: [
        say({
          en: `your agency: ${own.devices} devices have it, ${own.unknown} have not said`,
          'zh-CN': `本机构：${own.devices} 台装有，${own.unknown} 台未上报清单`,
        }),
        ...columns(holders),
        say({
          en: `agencies below: at least ${belowOwn.devicesAtLeast} devices have it, at least ${belowOwn.unknownAtLeast} have not said`,
          'zh-CN': `下级机构：至少 ${belowOwn.devicesAtLeast} 台装有，至少 ${belowOwn.unknownAtLeast} 台未上报清单`,
        }),
        ...columns(agencies),
      ],
    };
  },
};
