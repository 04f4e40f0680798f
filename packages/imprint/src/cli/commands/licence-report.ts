import { envelopePayload, type UsageReport } from '@imprint/trust';
import { pinnedRoot } from '../candidate-input.ts';
import type { Command, Input, Outcome } from '../command.ts';
import { agencyIdOf, agencyLabels, dayOf } from '../licence.ts';
import { readBounded } from '../read-file.ts';
import { callServer } from '../server-api.ts';
import { agencyFlag, rootFlag, serverFlag } from '../texts.ts';
import { checkUsageReport, maximumReportBytes, reportEnvelope, usageLines } from '../usage-report.ts';
import { writeNew } from '../write-new.ts';

export const licenceReport: Command = {
  name: 'licence report',
  summary: {
    en: 'get the signed report of how seats are used, or verify one offline',
    'zh-CN': '获取经签名的席位用量报告，或离线验证报告',
  },
  description: [
    {
      en: 'The report is a DSSE envelope signed by the licence key. With --verify nothing is asked of any server: the signature must be one of the keys that the root pins for licences; exit 1 when it is not.',
      'zh-CN':
        '报告为由许可密钥签名的 DSSE 信封。使用 --verify 时不连接任何服务器：签名须出自根所固定的许可密钥，否则退出码为 1。',
    },
  ],
  args: [],
  flags: [
    {
      ...agencyFlag,
      summary: { en: 'this agency and below, default your own', 'zh-CN': '此机构及其下级，默认本机构' },
    },
    {
      name: 'from',
      type: 'string',
      value: 'DAY',
      summary: { en: 'count revocations since, default 30 days', 'zh-CN': '撤销统计起点，默认 30 天前' },
    },
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: { en: 'write the signed report there', 'zh-CN': '将经签名的报告写入文件' },
    },
    {
      name: 'verify',
      type: 'string',
      value: 'FILE',
      summary: { en: 'verify a report and show it', 'zh-CN': '验证并显示报告' },
    },
    rootFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence report --agency ENERGY --out usage.json',
      summary: { en: 'for a regulator', 'zh-CN': '供监管方使用' },
    },
    {
      line: 'imprint licence report --verify usage.json --root root.json',
      summary: { en: 'what the regulator does with it', 'zh-CN': '监管方的验证' },
    },
  ],
  run: (input) => (input.has('verify') ? verify(input, input.requiredText('verify')) : fetchReport(input)),
};

async function fetchReport(input: Input): Promise<Outcome> {
  const { context } = input;
  const [agency, from, out] = [input.text('agency'), input.text('from'), input.text('out')];
  const answer = await callServer(input, 'GET /v1/usage-report', {
    query: {
      ...(agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) }),
      ...(from === undefined ? {} : { from: dayOf('from', from) }),
    },
  });
  const text = `${JSON.stringify(answer)}\n`;
  const envelope = reportEnvelope(Buffer.from(text));
  if (out !== undefined) await writeNew(context.path(out), text);
  const report = JSON.parse(Buffer.from(envelopePayload(envelope)).toString('utf8')) as UsageReport;
  const wrote =
    out === undefined
      ? []
      : [context.say({ en: `signed report written to ${out}`, 'zh-CN': `经签名的报告已写入 ${out}` })];
  return { data: envelope, text: [...usageLines(context, report, await agencyLabels(input)), ...wrote] };
}

async function verify(input: Input, name: string): Promise<Outcome> {
  const { context } = input;
  const bytes = await readBounded(context.path(name), maximumReportBytes);
  const { metadata } = await pinnedRoot(input);
  const names = { file: name, root: input.text('root') ?? 'release/root/root.json' };
  const report = checkUsageReport(bytes, metadata, names);
  return {
    data: { verified: true, report },
    text: [
      context.say({
        en: `${name} verifies: ${names.root} pins its key`,
        'zh-CN': `${name} 验证通过：其密钥由 ${names.root} 固定`,
      }),
      ...usageLines(context, report, (id) => id),
    ],
  };
}
