import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChecklistCheck,
  type ChecklistSubject,
  ingestChecklist,
  openContentStore,
  writeFileDurably,
} from '@imprint/edition';
import type { BuildRecord } from '@imprint/protocol';
import { digestsOf } from '@imprint/trust';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { checklistSubject } from '../windows-build.ts';

const largestReportBytes = 16 * 1024 * 1024;
/** Checks named one by one for people; `--json` has all. */
const listedChecks = 50;

export const editionAttest: Command = {
  name: 'edition attest',
  summary: {
    en: 'take the report of a checklist as evidence of a Windows build',
    'zh-CN': '将核查表报告作为 Windows 构建的证据接收',
  },
  description: [
    {
      en: "Refused when the report belongs to another build. What was not seen stays unknown, and what is 30 days old is stale. The report is its owner's word: it is not signed, and the evidence says so. Exit 1 when something is not as the build intends.",
      'zh-CN':
        '若报告属于其他构建则拒绝。未看到的内容保持未知，满 30 天的内容视为过期。报告是持有者的陈述，没有签名，证据中会注明。若有内容与构建意图不符则退出码为 1。',
    },
  ],
  args: [
    { name: 'BUILD', summary: { en: 'the directory of a Windows build', 'zh-CN': 'Windows 构建的目录' } },
    { name: 'REPORT', summary: { en: 'what the script wrote', 'zh-CN': '脚本写出的报告' } },
  ],
  flags: [
    {
      name: 'dry-run',
      type: 'boolean',
      summary: { en: 'compare, and keep nothing', 'zh-CN': '仅比较，不保存' },
    },
  ],
  examples: [
    {
      line: 'imprint edition attest .imprint/builds/3f9c0a1b2c3d4e5f-release device.json',
      summary: { en: 'what a device showed', 'zh-CN': '设备上看到的情况' },
    },
  ],
  async run(input) {
    const { context } = input;
    const build = context.path(input.argument('BUILD'));
    const subject = await checklistSubject(build, openContentStore(context.home.store));
    const report = await readReport(context.path(input.argument('REPORT')));
    const { checks, document } = ingestChecklist({ ...subject, report, now: context.now() });
    if (!input.has('dry-run')) await keepEvidence(build, subject, document);
    const ofState = (state: ChecklistCheck['state']) => checks.filter((check) => check.state === state);
    const states = ['ok', 'failing', 'stale', 'unknown'] as const;
    return {
      data: { evidence: document.name, kept: !input.has('dry-run'), checks },
      text: [
        ...columns(states.map((state): [string, string] => [state, String(ofState(state).length)])),
        ...ofState('failing')
          .slice(0, listedChecks)
          .map(({ id, expected = '', got = '' }) => `  ${id}  ${expected} ≠ ${got}`),
      ],
      exit: ofState('failing').length === 0 ? 0 : 1,
    };
  },
};

async function readReport(file: string): Promise<Buffer> {
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined || size > largestReportBytes)
    throw cliError('CLI_REPORT_UNREADABLE', { file, got: size === undefined ? 'none' : `${size} bytes` });
  return readFile(file);
}

/** Puts the document beside the build's other evidence; the record, written last, names it. */
async function keepEvidence(
  build: string,
  { record }: ChecklistSubject,
  { kind, name, content }: { kind: 'device-checklist'; name: string; content: string },
): Promise<void> {
  const bytes = Buffer.from(content);
  await writeFileDurably(join(build, 'evidence', name), bytes);
  const others = record.evidence.filter((file) => file.name !== name);
  const evidence = [...others, { kind, name, digests: digestsOf(bytes), sizeBytes: bytes.length }];
  const updated: BuildRecord = { ...record, evidence };
  await writeFileDurably(join(build, 'build.json'), `${JSON.stringify(updated, null, 1)}\n`);
}
