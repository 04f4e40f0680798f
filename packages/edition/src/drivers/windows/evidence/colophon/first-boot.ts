import { both, code, escapeHtml, section, table } from '../../../../evidence/colophon/html.ts';
import type { WindowsColophon } from './model.ts';

/** What is left to the device: declared here, and nowhere on this page said to be done. */
export function firstBoot({ plan }: WindowsColophon): string {
  const { steps } = plan.firstBoot;
  const intro = both(
    '以下步骤只有 Windows 自身才能完成。构建只是声明它们；是否完成，以设备报告的观测结果为准。',
    'Only Windows itself can do these. The build declares them; whether they are done is for a device to observe and report.',
  );
  const list = table(
    both('首次启动时的步骤', 'Steps at the first boot'),
    [
      { zh: '步骤', en: 'Step' },
      { zh: '来源', en: 'Source' },
      { zh: '状态', en: 'State' },
    ],
    steps.map(({ title, source }) => [
      both(escapeHtml(title['zh-CN']), escapeHtml(title.en)),
      code(source),
      both('已声明', 'declared'),
    ]),
  );
  const content = steps.length === 0 ? `<p>${both('无', 'none')}</p>` : list;
  return section('first-boot', '首次启动', 'First boot', `<p>${intro}</p>\n${content}`);
}
