import { candidateStatus, publishedStatus, readRoot, releasePaths } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { standingLines } from '../review-lines.ts';

export const releaseStatus: Command = {
  name: 'release status',
  summary: {
    en: 'list what is published and the candidates with their approvals',
    'zh-CN': '列出已发布内容与候选及其批准情况',
  },
  args: [],
  flags: [],
  examples: [
    { line: 'imprint release status', summary: { en: 'who is missing where', 'zh-CN': '各处缺少谁的批准' } },
  ],
  async run({ context }) {
    const paths = releasePaths(context.home);
    const published = await publishedStatus(paths.repository);
    const candidates = await candidateStatus(paths, await readRoot(paths.root));
    const { say, language } = context;
    const state = (withdrawn: boolean) =>
      withdrawn ? say({ en: 'withdrawn', 'zh-CN': '已撤回' }) : say({ en: 'current', 'zh-CN': '当前' });
    return {
      data: { published, candidates },
      text: [
        say({ en: `published (${published.length})`, 'zh-CN': `已发布（${published.length}）` }),
        ...columns(
          published.map((one) => [
            `${one.edition}/${one.channel}`,
            `${one.version} (${one.sequence})  ${state(one.withdrawn)}  ${one.signedBy.join(', ')}  ${one.sha256.slice(0, 12)}`,
          ]),
        ),
        say({ en: `candidates (${candidates.length})`, 'zh-CN': `候选（${candidates.length}）` }),
        ...candidates.flatMap(({ id, manifest, standing }) => [
          `  ${id}  ${manifest.channel}`,
          ...standingLines(standing, language).map((line) => `    ${line}`),
        ]),
      ],
    };
  },
};
