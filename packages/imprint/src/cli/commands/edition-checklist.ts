import { join } from 'node:path';
import { checklistFileName, openContentStore, renderChecklist, writeFileDurably } from '@imprint/edition';
import type { Command } from '../command.ts';
import { checklistSubject } from '../windows-build.ts';

export const editionChecklist: Command = {
  name: 'edition checklist',
  summary: {
    en: 'write the script by which an owner of Windows proves what a build only declares',
    'zh-CN': '生成脚本，供 Windows 持有者证明构建仅作声明的内容',
  },
  description: [
    {
      en: 'For Windows PowerShell 5.1; it reads and writes one report, which `imprint edition attest` takes.',
      'zh-CN': '适用于 Windows PowerShell 5.1；只读取，并写出一份报告，由 `imprint edition attest` 接收。',
    },
  ],
  args: [
    { name: 'BUILD', summary: { en: 'the directory of a Windows build', 'zh-CN': 'Windows 构建的目录' } },
  ],
  flags: [
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: {
        en: `the script, default ${checklistFileName} in the build`,
        'zh-CN': `脚本文件，默认构建目录中的 ${checklistFileName}`,
      },
    },
  ],
  examples: [
    {
      line: 'imprint edition checklist .imprint/builds/3f9c0a1b2c3d4e5f-release --out checklist.ps1',
      summary: { en: 'to carry to a Windows machine', 'zh-CN': '带到 Windows 机器上运行' },
    },
  ],
  async run(input) {
    const { context } = input;
    const build = context.path(input.argument('BUILD'));
    const out = input.text('out');
    const file = out === undefined ? join(build, checklistFileName) : context.path(out);
    const script = renderChecklist(await checklistSubject(build, openContentStore(context.home.store)));
    await writeFileDurably(file, script);
    return { data: { file, sizeBytes: script.length }, text: [file] };
  },
};
