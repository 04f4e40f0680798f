import type { Command } from '../command.ts';
import { figureFlag } from '../compliance.ts';
import { columns } from '../help.ts';
import { listAll } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

interface Standing {
  readonly id: string;
  readonly hostname: string;
  readonly state: string;
  readonly since: string;
  readonly ring: string;
}

export const complianceDevices: Command = {
  name: 'compliance devices',
  summary: {
    en: "list your own agency's devices by how they stand",
    'zh-CN': '按状态列出本机构的设备',
  },
  description: [
    {
      en: 'Devices of agencies below are counted by imprint compliance show and listed by those agencies themselves.',
      'zh-CN': '下级机构的设备由 imprint compliance show 计数，并由该机构自行列出。',
    },
  ],
  args: [],
  flags: [
    figureFlag,
    {
      name: 'state',
      type: 'string',
      value: 'STATE',
      choices: ['ok', 'stale', 'unknown', 'failing'],
      summary: { en: 'only devices in this state', 'zh-CN': '仅列出处于此状态的设备' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint compliance devices --figure antivirus --state failing',
      summary: { en: 'which of our machines are unprotected?', 'zh-CN': '哪些设备未受保护？' },
    },
  ],
  async run(input) {
    const query = { figure: input.text('figure'), state: input.text('state') };
    const devices = await listAll<Standing>(
      input,
      '/v1/compliance/devices',
      'devices',
      ({ id }) => id,
      query,
    );
    const none = input.context.say({ en: 'no devices stand so', 'zh-CN': '没有处于此状态的设备' });
    const rows = devices.map(({ id, hostname, state, since, ring }): [string, string] => [
      id,
      [hostname, state, since, ring].join('  ').trimEnd(),
    ]);
    return { data: { devices }, text: rows.length === 0 ? [none] : columns(rows) };
  },
};
