import { hashFile } from '@imprint/trust';
import type { Command, Flag, Input, Outcome } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import {
  type AgreementRow,
  agencyIdOf,
  agencyLabels,
  agreementOf,
  allAgencies,
  allAgreements,
  day,
  dayOf,
  needed,
} from '../licence.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

const flag = (name: string, value: string, en: string, zh: string): Flag => ({
  name,
  type: 'string',
  value,
  summary: { en, 'zh-CN': zh },
});
const flags = {
  agency: {
    ...agencyFlag,
    summary: { en: 'the licensee, by id or code', 'zh-CN': '被许可机构的编号或代码' },
  },
  edition: flag('edition', 'EDITION', 'the edition licensed', '许可的发行版'),
  starts: flag('starts', 'DAY', 'when the term starts', '期限开始'),
  ends: flag('ends', 'DAY', 'when the term ends', '期限结束'),
  document: flag(
    'document',
    'FILE',
    'the signed agreement; only its digest is sent',
    '已签署的协议文件；仅发送其摘要',
  ),
  licensor: flag('licensor', 'TEXT', 'who licenses', '许可方'),
  sector: {
    ...flag('sector', 'SECTOR', "default the licensee's", '默认同被许可机构'),
    choices: ['government', 'energy', 'telecoms', 'transport', 'finance', 'other'],
  },
} as const;

export const licenceAgreement: Command = {
  name: 'licence agreement',
  summary: { en: 'list, show, register or end agreements', 'zh-CN': '列出、显示、登记或终止协议' },
  description: [
    {
      en: 'Without NUMBER it lists; with NUMBER alone it shows one; with the flags below it registers one. A number that is registered already with the same content stays as it is.',
      'zh-CN':
        '不给 NUMBER 时列出全部；仅给 NUMBER 时显示该协议；带有下列选项时登记协议。编号与内容均相同的协议保持不变。',
    },
  ],
  args: [{ name: 'NUMBER', optional: true, summary: { en: 'number of the agreement', 'zh-CN': '协议编号' } }],
  flags: [
    ...Object.values(flags),
    {
      name: 'end',
      type: 'boolean',
      summary: { en: 'end it now, before its term', 'zh-CN': '立即提前终止' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: "imprint licence agreement LA-2026-014 --agency ENERGY --edition gov-base --starts 2026-12-01 --ends 2029-12-01 --document agreement.pdf --licensor 'Edition operator'",
      summary: { en: 'register what was signed', 'zh-CN': '登记已签署的协议' },
    },
    {
      line: 'imprint licence agreement LA-2026-014 --end --dry-run',
      summary: { en: 'what ending it would do', 'zh-CN': '查看终止协议的结果' },
    },
  ],
  async run(input) {
    const number = input.optionalArgument('NUMBER');
    if (number === undefined) return list(input);
    const isNew = Object.keys(flags).some((name) => input.has(name));
    if (input.has('end') && isNew) {
      throw cliError('CLI_ONE_OF', {
        choices: '--end | --agency …',
        got: 'both',
        command: 'licence agreement',
      });
    }
    if (input.has('end')) return end(input, number);
    return isNew ? register(input, number) : show(input, await agreementOf(input, number));
  },
};

async function list(input: Input): Promise<Outcome> {
  const agreements = await allAgreements(input);
  const labelOf = await agencyLabels(input);
  const { say } = input.context;
  return {
    data: { agreements },
    text: [
      say({ en: `agreements (${agreements.length})`, 'zh-CN': `协议（${agreements.length}）` }),
      ...columns(
        agreements.map((one) => [
          one.number,
          `${labelOf(one.agencyId)}  ${one.edition}  ${one.sector}  ${term(one)}  ${state(input, one)}`.trimEnd(),
        ]),
      ),
    ],
  };
}

const term = (one: AgreementRow) => `${day(one.startsAt)} – ${day(one.endsAt)}`;

function state({ context }: Input, { endedAt }: AgreementRow): string {
  if (endedAt === undefined) return '';
  return context.say({ en: `ended ${day(endedAt)}`, 'zh-CN': `已于 ${day(endedAt)} 终止` });
}

async function show(input: Input, agreement: AgreementRow): Promise<Outcome> {
  const labelOf = await agencyLabels(input);
  const { say } = input.context;
  return {
    data: agreement,
    text: [
      say({ en: `agreement ${agreement.number}`, 'zh-CN': `协议 ${agreement.number}` }),
      ...columns([
        [say({ en: 'licensee', 'zh-CN': '被许可方' }), labelOf(agreement.agencyId)],
        [say({ en: 'edition', 'zh-CN': '发行版' }), agreement.edition],
        [say({ en: 'sector', 'zh-CN': '行业' }), agreement.sector],
        [say({ en: 'term', 'zh-CN': '期限' }), `${term(agreement)}  ${state(input, agreement)}`.trimEnd()],
        [say({ en: 'document, SHA-256', 'zh-CN': '文件 SHA-256' }), agreement.documentSha256],
      ]),
      ...dryRunLines(input),
    ],
  };
}

async function register(input: Input, number: string): Promise<Outcome> {
  const need = (name: keyof typeof flags) => needed(input, flags[name], 'licence agreement');
  const [licensor, edition] = [need('licensor'), need('edition')];
  const [startsAt, endsAt] = [dayOf('starts', need('starts')), dayOf('ends', need('ends'))];
  const { sha256: documentSha256 } = await hashFile(input.context.path(need('document')));
  const agencyId = await agencyIdOf(input, need('agency'));
  const sector = input.text('sector') ?? (await sectorOf(input, agencyId));
  const wanted = { number, agencyId, licensor, sector, edition, startsAt, endsAt };
  const answer = await changeOnServer(input, 'POST /v1/agreements', { ...wanted, documentSha256 });
  return show(input, answer as AgreementRow);
}

async function sectorOf(input: Input, agencyId: string): Promise<string> {
  return (await allAgencies(input)).find(({ id }) => id === agencyId)?.sector ?? 'other';
}

async function end(input: Input, number: string): Promise<Outcome> {
  const { id } = await agreementOf(input, number);
  return show(input, (await changeOnServer(input, `POST /v1/agreements/${id}/end`)) as AgreementRow);
}
