import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { readBounded } from '../read-file.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

const maximumBytes = 8 * 1024 * 1024;
const timeoutMs = 300_000;

interface Counts {
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
}

export const deployPreregister: Command = {
  name: 'deploy preregister',
  summary: {
    en: 'list machines by serial number with agency and asset tag, all or nothing',
    'zh-CN': '按序列号登记机器所属机构与资产编号，全部成功或全部不做',
  },
  description: [
    {
      en: 'The header row names the columns, in any order: serial, asset_tag, agency (its code), and if wanted class. UTF-8, UTF-16 and GB 18030 are read. Every mistake is listed with its line, and then nothing is changed. The server keeps a digest of each serial number, never the number.',
      'zh-CN':
        '表头行给出列名，顺序不限：序列号、资产编号、机构代码，以及可选的设备类别。支持 UTF-8、UTF-16 与 GB 18030。所有错误均列出行号，此时不做任何更改。服务器仅保存序列号的摘要，不保存序列号本身。',
    },
  ],
  args: [{ name: 'FILE', summary: { en: 'the CSV file', 'zh-CN': 'CSV 文件' } }],
  flags: [
    {
      name: 'again',
      type: 'boolean',
      summary: {
        en: 'machines of the list that are enrolled may enrol once more, set up anew',
        'zh-CN': '清单中已登记的机器可在重新安装后再次登记',
      },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint deploy preregister delivery.csv --dry-run',
      summary: { en: 'what it would do', 'zh-CN': '查看将做的更改' },
    },
  ],
  async run(input) {
    const { say, path } = input.context;
    const file = (await readBounded(path(input.argument('FILE')), maximumBytes)).toString('base64');
    const body = { file, ...(input.has('again') ? { again: true } : {}) };
    const counts = (await changeOnServer(input, 'POST /v1/preregistrations', body, timeoutMs)) as Counts;
    return {
      data: counts,
      text: [
        ...columns([
          [say({ en: 'new', 'zh-CN': '新增' }), String(counts.new)],
          [say({ en: 'changed', 'zh-CN': '更改' }), String(counts.changed)],
          [say({ en: 'unchanged', 'zh-CN': '未变' }), String(counts.unchanged)],
        ]),
        ...dryRunLines(input),
      ],
    };
  },
};
