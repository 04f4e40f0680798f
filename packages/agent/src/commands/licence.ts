import type { Command } from '../cli/command.ts';
import { readLicence } from '../licence/read.ts';
import { requireLicensingRoot } from '../licence/trusted-root.ts';
import { licenceData, licenceText } from './licence-text.ts';

export const licenceCommand: Command = {
  name: 'licence',
  summary: {
    en: 'show the licence of this device, what it withholds and what nothing ever withholds; exit 1 if it withholds anything',
    'zh-CN': '显示本机许可、暂停提供的内容与从不限制的内容；有暂停内容时退出码为 1',
  },
  flags: [],
  run: async ({ device, language, say }) => {
    await requireLicensingRoot(device);
    const licence = await readLicence(device);
    if (licence === undefined) throw new TypeError('a licence key was pinned a moment ago');
    const data = licenceData(licence, language);
    return { data, text: licenceText(licence, say), exit: data.withheld.length === 0 ? 0 : 1 };
  },
};
