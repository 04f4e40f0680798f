import {
  candidateStatus,
  isRingDue,
  publishedStatus,
  type ReleaseStatus,
  readRoot,
  releasePaths,
  type ServedRecord,
  servedRings,
} from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
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
    const published = await publishedStatus(paths.repository, context.now());
    const candidates = await candidateStatus(paths, await readRoot(paths.root));
    const rings = await servedRings(paths);
    const { say, language } = context;
    return {
      data: { published, candidates, rings },
      text: [
        say({ en: `published (${published.length})`, 'zh-CN': `已发布（${published.length}）` }),
        ...columns(
          published.map((one) => [
            `${one.edition}/${one.channel}`,
            `${one.version} (${one.sequence})  ${stateOf(one, context)}  ${one.signedBy.join(', ')}  ${one.sha256.slice(0, 12)}`,
          ]),
        ),
        ...published.flatMap((one) => emergencyLines(one, context)),
        say({ en: `candidates (${candidates.length})`, 'zh-CN': `候选（${candidates.length}）` }),
        ...candidates.flatMap(({ id, manifest, standing }) => [
          `  ${id}  ${manifest.channel}`,
          ...standingLines(standing, language).map((line) => `    ${line}`),
        ]),
        ...ringLines(rings, context),
      ],
    };
  },
};

function stateOf({ withdrawn, emergency }: ReleaseStatus, { say }: Context): string {
  if (withdrawn) return say({ en: 'withdrawn', 'zh-CN': '已撤回' });
  if (emergency === undefined) return say({ en: 'current', 'zh-CN': '当前' });
  return emergency.isOver
    ? say({ en: 'EMERGENCY OVER', 'zh-CN': '紧急批准已到期' })
    : say({ en: 'EMERGENCY', 'zh-CN': '紧急' });
}

/** Who has yet to approve what went out in the emergency lane, and until when. */
function emergencyLines(
  { edition, channel, emergency, withdrawn }: ReleaseStatus,
  { say }: Context,
): string[] {
  if (emergency === undefined || withdrawn) return [];
  const { reason, until, isOver } = emergency;
  const missing = emergency.missing.join(', ');
  return [
    `  ${edition}/${channel}: ${reason}`,
    isOver
      ? say({
          en: `    devices refuse it since ${until}: ${missing} did not approve`,
          'zh-CN': `    自 ${until} 起设备拒绝安装：${missing} 未批准`,
        })
      : say({
          en: `    until ${until} ${missing} has to approve, then: imprint release complete`,
          'zh-CN': `    ${missing} 须在 ${until} 之前批准，然后运行 imprint release complete`,
        }),
  ];
}

/** The apt suites that are served, when each expires, and why one was not renewed. */
function ringLines(rings: readonly ServedRecord[], { say, now }: Context): string[] {
  if (rings.length === 0) return [];
  const until = (ring: ServedRecord) => {
    if (Date.parse(ring.validUntil) <= now().getTime())
      return say({ en: `EXPIRED ${ring.validUntil}`, 'zh-CN': `已过期 ${ring.validUntil}` });
    const due = isRingDue(ring, now()) ? say({ en: ', to be renewed', 'zh-CN': '，待续签' }) : '';
    return say({ en: `until ${ring.validUntil}${due}`, 'zh-CN': `有效至 ${ring.validUntil}${due}` });
  };
  return [
    say({ en: `apt rings (${rings.length})`, 'zh-CN': `apt 环（${rings.length}）` }),
    ...columns(rings.map((ring) => [`${ring.edition}/${ring.ring}`, `${ring.version}  ${until(ring)}`])),
    ...rings.flatMap(({ edition, ring, problem }) =>
      problem === undefined
        ? []
        : [`    ${edition}/${ring}: ${problem.code} ${problem.at} ${problem.message}`],
    ),
  ];
}
