import { both, code, count, section, table } from '../../../../evidence/colophon/html.ts';
import type { WimFinding } from '../../integrity/model.ts';
import type { WindowsColophon } from './model.ts';
import { facetsHtml, reasonHtml, stepTitle, stepWords } from './words.ts';

/** Paths listed for one step; the integrity manifest has them all. */
const listedPaths = 60;

/** What the edition adds, changes and loses, compared with the vendor's image. */
export function differences(input: WindowsColophon): string {
  const lists = addedBySteps(input).map(([step, paths]) => stepPaths(step, paths));
  const none = `<p>${both('无', 'none')}</p>`;
  const content = [
    changed(input.classification.agreed),
    losses(input.classification.losses),
    `<h3>${both('新增文件，按步骤', 'Added files, by step')}</h3>`,
    ...(lists.length === 0 ? [none] : lists),
  ];
  return section(
    'differences',
    '与厂商映像的差异',
    "What differs from the vendor's image",
    content.join('\n'),
  );
}

function addedBySteps({ manifest, plan }: WindowsColophon): [string, string[]][] {
  const added = new Map<string, string[]>(plan.steps.map(({ id }) => [id, []]));
  for (const { class: fileClass, origin, path, type } of manifest.entries)
    if (fileClass === 'overlay' && type !== 'directory') added.get(origin)?.push(path);
  return [...added].filter(([, paths]) => paths.length > 0);
}

function stepPaths(step: string, paths: readonly string[]): string {
  const more = paths.length - listedPaths;
  const items = paths.slice(0, listedPaths).map((path) => `<li>${code(path)}</li>`);
  if (more > 0)
    items.push(`<li class="quiet">${both(`另有 ${count(more)} 个`, `and ${count(more)} more`)}</li>`);
  const [zh, en] = stepWords(step);
  const number = count(paths.length);
  const head = both(
    `${zh}：新增 ${number} 个文件`,
    `${en}: ${number} ${paths.length === 1 ? 'file' : 'files'} added`,
  );
  return `<details><summary>${head}</summary><ul>${items.join('')}</ul></details>`;
}

function changed(agreed: readonly WimFinding[]): string {
  if (agreed.length === 0)
    return `<p>${both('没有改动厂商的任何文件。', "No file of the vendor's is changed.")}</p>`;
  return table(
    both(
      '改动的厂商文件，均经厂商事先同意',
      "Files of the vendor's that differ, as the vendor agreed beforehand",
    ),
    [
      { zh: '路径', en: 'Path' },
      { zh: '最后改动的步骤', en: 'Last step that changed it' },
      { zh: '厂商的理由', en: "The vendor's reason" },
    ],
    agreed.map(({ path, step = 'unknown', note = '' }) => [code(path), stepTitle(step), reasonHtml(note)]),
  );
}

function losses(lost: readonly WimFinding[]): string {
  if (lost.length === 0) return '';
  return table(
    both(
      '替换配置单元时丢失的元数据：部署时将继承目录的默认值',
      "What replacing the hives dropped: on deployment they inherit their directory's defaults",
    ),
    [
      { zh: '路径', en: 'Path' },
      { zh: '丢失', en: 'Lost' },
    ],
    lost.map(({ path, facets }) => [code(path), facetsHtml(facets)]),
  );
}
