import type { Language, Localized } from '@imprint/protocol';
import type { Figure, FoundCve, PatchScan, PatchUpdate, SourceState } from './model.ts';

const words = {
  sources: { en: 'sources', 'zh-CN': '来源' },
  unknown: { en: 'unknown', 'zh-CN': '未知' },
  days: { en: 'days old', 'zh-CN': '天前' },
  locked: { en: 'locked at', 'zh-CN': '锁定于' },
  updates: { en: 'updates', 'zh-CN': '更新' },
  newNames: { en: 'new packages', 'zh-CN': '新增软件包' },
  gone: { en: 'packages no longer needed', 'zh-CN': '不再需要的软件包' },
  was: { en: 'was', 'zh-CN': '原名' },
  cves: { en: 'CVEs fixed', 'zh-CN': '已修复的 CVE' },
  cvesUnknown: { en: 'CVEs unknown', 'zh-CN': 'CVE 未知' },
  feed: { en: 'severities', 'zh-CN': '严重程度' },
  noFeed: {
    en: 'severities: unknown, no feed was imported',
    'zh-CN': '严重程度：未知，尚未导入数据',
  },
  undated: { en: 'date unknown', 'zh-CN': '日期未知' },
  listed: {
    en: 'not every archive could be asked: newer versions are listed, dependencies are not solved',
    'zh-CN': '未能查询全部软件仓库：仅列出较新的版本，未解析依赖关系',
  },
  fixedOnly: {
    en: 'only CVEs that changelogs name as fixed; one without a fix is not among them',
    'zh-CN': '仅含变更日志中注明已修复的 CVE；尚无修复的不在其中',
  },
  open: { en: 'open: security updates wait', 'zh-CN': '待处理：有安全更新' },
  none: { en: 'none: nothing security-relevant waits', 'zh-CN': '无：没有待处理的安全更新' },
  cannotTell: {
    en: 'unknown: not everything could be asked, so nothing can be ruled out',
    'zh-CN': '未知：未能查询全部来源，无法排除',
  },
} as const satisfies Readonly<Record<string, Localized>>;

type Say = (word: keyof typeof words) => string;

const ageInDays = (date: string, at: string) =>
  Math.max(0, Math.floor((Date.parse(at) - Date.parse(date)) / 86_400_000));

function sourceLine(source: SourceState, scannedAt: string, say: Say, language: Language): string {
  const head = `  ${source.archive} ${source.suite}: `;
  if (source.state === 'unknown') return `${head}${say('unknown')} (${source.reason.message[language]})`;
  const locked = source.lockedDate === undefined ? '' : `, ${say('locked')} ${source.lockedDate}`;
  return `${head}${source.date} (${ageInDays(source.date, scannedAt)} ${say('days')})${locked}`;
}

function cveText(cves: readonly FoundCve[] | undefined, say: Say): string {
  if (cves === undefined) return `  ${say('cvesUnknown')}`;
  return cves.map(({ id, severity }) => `  ${id}${severity === undefined ? '' : ` (${severity})`}`).join('');
}

const updateLine = (item: PatchUpdate, say: Say) =>
  `  ${item.name}${item.was === undefined ? '' : ` (${say('was')} ${item.was})`} ${item.from} → ${item.to} [${item.archive}]${cveText(item.cves, say)}`;

function feedLine({ feed, scannedAt }: PatchScan, say: Say): string {
  if (feed === undefined) return say('noFeed');
  const age = feed.date === undefined ? say('undated') : `${ageInDays(feed.date, scannedAt)} ${say('days')}`;
  return `${say('feed')}: ${feed.source}, ${age}`;
}

/** Renders a scan for a terminal, in one language. */
export function renderScan(scan: PatchScan, language: Language): string[] {
  const say: Say = (word) => words[word][language];
  const figure = (value: Figure) => (value === 'unknown' ? say('unknown') : String(value));
  const counts = Object.entries(scan.counts).map(([archive, value]) => `${archive} ${figure(value)}`);
  const names = (head: keyof typeof words, list: PatchScan['added']) =>
    list.length === 0
      ? []
      : [`${say(head)}: ${list.length}`, ...list.map(({ name, version }) => `  ${name} ${version}`)];
  return [
    `${scan.edition} ${scan.version} (${scan.lockSha256.slice(0, 12)})`,
    say('sources'),
    ...scan.sources.map((source) => sourceLine(source, scan.scannedAt, say, language)),
    ...(scan.depth === 'listed' ? [say('listed')] : []),
    `${say('updates')}: ${counts.join(', ')}`,
    ...scan.updates.map((update) => updateLine(update, say)),
    ...names('newNames', scan.added),
    ...names('gone', scan.removed),
    `${say('cves')}: ${figure(scan.fixedCves)} (${say('fixedOnly')})`,
    feedLine(scan, say),
    say(scan.verdict === 'unknown' ? 'cannotTell' : scan.verdict),
  ];
}
