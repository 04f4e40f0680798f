import { both, code, escapeHtml, section, table } from './html.ts';
import type { ColophonInput } from './model.ts';

/** Paths listed for one step; the integrity manifest has them all. */
const listedPaths = 60;

/** What each step of the edition does, in people's words; a step not named here goes by its own name. */
const stepTitles: Readonly<Record<string, readonly [string, string]>> = {
  components: ['本地组件', 'local components'],
  locale: ['语言、键盘与时区', 'language, keyboard and time zone'],
  fonts: ['字体与输入法', 'fonts and input method'],
  'trust-roots': ['根证书', 'root certificates'],
  antivirus: ['防病毒', 'antivirus'],
  services: ['服务地址', 'services'],
  policy: ['策略基线', 'policy baseline'],
  identity: ['版本标识', 'release identity'],
  seal: ['封装', 'seal'],
};

export function stepTitle(step: string): string {
  const title = stepTitles[step];
  return title === undefined ? escapeHtml(step) : both(title[0], title[1]);
}

/** What the edition adds and changes, step by step. */
export function differences(input: ColophonInput): string {
  const added = addedBySteps(input);
  const lists = [...added].map(([step, paths]) => {
    const more = paths.length - listedPaths;
    const items = paths
      .slice(0, listedPaths)
      .map((path) => `<li>${code(path)}</li>`)
      .join('');
    const rest = more > 0 ? `<li class="quiet">${both(`另有 ${more} 个`, `and ${more} more`)}</li>` : '';
    return `<details><summary>${stepTitle(step)}: ${both(`新增 ${paths.length} 个路径`, `${paths.length} paths added`)}</summary><ul>${items}${rest}</ul></details>`;
  });
  const content = [
    changed(input),
    `<h3>${both('新增内容，按步骤', 'Added, by step')}</h3>`,
    ...(lists.length === 0 ? [`<p>${both('无', 'none')}</p>`] : lists),
    removed(input),
  ];
  return section('differences', '与上游的差异', 'What differs from upstream', content.join('\n'));
}

function addedBySteps({ manifest }: ColophonInput): Map<string, string[]> {
  const added = new Map<string, string[]>();
  for (const { class: fileClass, origin, path, type } of manifest.entries) {
    if (fileClass !== 'overlay' || type === 'directory') continue;
    const paths = added.get(origin);
    if (paths === undefined) added.set(origin, [path]);
    else paths.push(path);
  }
  return added;
}

function changed({ agreed, records }: ColophonInput): string {
  const rows = [
    ...agreed.map(
      (finding) =>
        [finding, both('厂商同意', 'agreed by the vendor'), escapeHtml(finding.note ?? '')] as const,
    ),
    ...records.map(
      (finding) =>
        [
          finding,
          both('系统记录', 'system record'),
          both('上游的每条记录均未改变', 'every record of upstream is unchanged'),
        ] as const,
    ),
  ];
  if (rows.length === 0) return `<p>${both('没有改动任何核心路径。', 'No path of the core is changed.')}</p>`;
  return table(
    both('改动的核心路径，每一项均附依据', 'Core paths that differ, each with the ground it stands on'),
    [
      { zh: '路径', en: 'Path' },
      { zh: '步骤', en: 'Step' },
      { zh: '依据', en: 'Ground' },
      { zh: '说明', en: 'Reason' },
    ],
    rows.map(([{ path, step }, ground, reason]) => [code(path), stepTitle(step), ground, reason]),
  );
}

function removed({ bill }: ColophonInput): string {
  const names = bill.lock.manifest.remove ?? [];
  const list = names.length === 0 ? both('无', 'none') : names.map(code).join(' ');
  return `<h3>${both('不包含的上游软件包', 'Upstream packages left out')}</h3><p>${list}</p>`;
}
