import type { Reason } from '@imprint/protocol';
import { both, code, count, escapeHtml, section, table } from './html.ts';
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

function stepWords(step: string): readonly [string, string] {
  return stepTitles[step] ?? [escapeHtml(step), escapeHtml(step)];
}

const stepTitle = (step: string) => both(...stepWords(step));

/** What the edition adds and changes, step by step. */
export function differences(input: ColophonInput): string {
  const added = addedBySteps(input);
  const lists = [...added].map(([step, paths]) => stepPaths(step, paths));
  const content = [
    changed(input),
    `<h3>${both('新增内容，按步骤', 'Added, by step')}</h3>`,
    ...(lists.length === 0 ? [`<p>${both('无', 'none')}</p>`] : lists),
    removed(input),
  ];
  return section('differences', '与上游的差异', 'What differs from upstream', content.join('\n'));
}

function stepPaths(step: string, paths: readonly string[]): string {
  const more = paths.length - listedPaths;
  const items = paths.slice(0, listedPaths).map((path) => `<li>${code(path)}</li>`);
  if (more > 0)
    items.push(`<li class="quiet">${both(`另有 ${count(more)} 个`, `and ${count(more)} more`)}</li>`);
  const [zh, en] = stepWords(step);
  const number = count(paths.length);
  const head = both(
    `${zh}：新增 ${number} 个路径`,
    `${en}: ${number} ${paths.length === 1 ? 'path' : 'paths'} added`,
  );
  return `<details><summary>${head}</summary><ul>${items.join('')}</ul></details>`;
}

/** Added paths but directories, by step in the order of the steps. */
function addedBySteps({ manifest, steps }: ColophonInput): Map<string, string[]> {
  const added = new Map<string, string[]>(steps.map((step) => [step, []]));
  for (const { class: fileClass, origin, path, type } of manifest.entries)
    if (fileClass === 'overlay' && type !== 'directory') added.get(origin)?.push(path);
  return new Map([...added].filter(([, paths]) => paths.length > 0));
}

const reasonHtml = (reason: Reason): string =>
  typeof reason === 'string' ? escapeHtml(reason) : both(escapeHtml(reason['zh-CN']), escapeHtml(reason.en));

function changed({ agreed, records }: ColophonInput): string {
  const rows = [
    ...agreed.map(
      (finding) =>
        [finding, both('厂商同意', 'agreed by the vendor'), reasonHtml(finding.note ?? '')] as const,
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
