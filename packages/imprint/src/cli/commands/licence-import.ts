import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { readBounded } from '../read-file.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

const maximumBytes = 8 * 1024 * 1024;
/** Tens of thousands of rows are one transaction. */
const importTimeoutMs = 600_000;

interface Imported {
  readonly encoding: string;
  readonly rows: number;
  readonly agencies: { readonly new: number; readonly unchanged: number };
  readonly seats: { readonly new: number; readonly changed: number; readonly unchanged: number };
}

export const licenceImport: Command = {
  name: 'licence import',
  summary: {
    en: 'add agencies and set their seats from a CSV file, all or nothing',
    'zh-CN': '从 CSV 文件新增机构并设置席位，全部成功或全部不做',
  },
  description: [
    {
      en: 'The header row names the columns, in any order: code, parent, kind, sector, name_en, name_zh, and for seats agreement, class, floor, ceiling. UTF-8, UTF-16 and GB 18030 are read. Every mistake is listed with its line, and then nothing is changed. The same file again changes nothing.',
      'zh-CN':
        '表头行给出列名，顺序不限：机构代码、上级代码、类型、行业、英文名称、中文名称；设置席位时另有协议编号、设备类别、保底席位、席位上限。支持 UTF-8、UTF-16 与 GB 18030。所有错误均列出行号，此时不做任何更改。再次导入同一文件不产生更改。',
    },
  ],
  args: [{ name: 'FILE', summary: { en: 'the CSV file', 'zh-CN': 'CSV 文件' } }],
  flags: [
    {
      name: 'entitlement',
      type: 'string',
      value: 'ID',
      summary: {
        en: 'the one meant where an agreement has several for a class',
        'zh-CN': '协议中同类授权有多个时所指的授权',
      },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence import agencies.csv --dry-run',
      summary: { en: 'what it would do', 'zh-CN': '查看将做的更改' },
    },
  ],
  async run(input) {
    const { context } = input;
    const name = input.argument('FILE');
    const bytes = await readBounded(context.path(name), maximumBytes);
    const entitlementId = input.text('entitlement');
    const body = {
      file: bytes.toString('base64'),
      name: name.slice(-255),
      ...(entitlementId === undefined ? {} : { entitlementId }),
    };
    const imported = (await changeOnServer(
      input,
      'POST /v1/licence-imports',
      body,
      importTimeoutMs,
    )) as Imported;
    const { encoding, rows, agencies, seats } = imported;
    const { say } = context;
    const isSame = agencies.new + seats.new + seats.changed === 0;
    const same = say({
      en: 'everything is there already: nothing changed',
      'zh-CN': '内容均已存在：未做更改',
    });
    return {
      data: imported,
      text: [
        say({ en: `${name}: ${rows} rows, ${encoding}`, 'zh-CN': `${name}：${rows} 行，${encoding}` }),
        ...columns([
          [
            say({ en: 'agencies', 'zh-CN': '机构' }),
            say({
              en: `${agencies.new} new, ${agencies.unchanged} unchanged`,
              'zh-CN': `新增 ${agencies.new}，未变 ${agencies.unchanged}`,
            }),
          ],
          [
            say({ en: 'allocations', 'zh-CN': '分配' }),
            say({
              en: `${seats.new} new, ${seats.changed} changed, ${seats.unchanged} unchanged`,
              'zh-CN': `新增 ${seats.new}，更改 ${seats.changed}，未变 ${seats.unchanged}`,
            }),
          ],
        ]),
        ...(isSame ? [same] : []),
        ...dryRunLines(input),
      ],
    };
  },
};
