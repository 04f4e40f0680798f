import { renderDiffText } from '@imprint/edition';
import type { Language, Localized, ReleaseManifest } from '@imprint/protocol';
import type { CandidateStanding, Review } from '../rooms/release/index.ts';
import { columns } from './help.ts';
import { formatBytes } from './progress-format.ts';

const words = {
  candidate: { en: 'candidate', 'zh-CN': '候选' },
  proposed: { en: 'proposed by', 'zh-CN': '提出者' },
  channel: { en: 'channel', 'zh-CN': '通道' },
  sequence: { en: 'sequence', 'zh-CN': '序号' },
  expires: { en: 'expires', 'zh-CN': '到期' },
  base: { en: 'base', 'zh-CN': '基础' },
  lock: { en: 'lock', 'zh-CN': '锁' },
  core: { en: 'core files', 'zh-CN': '核心文件' },
  overlay: { en: 'overlay', 'zh-CN': '叠加' },
  modified: { en: 'modified under agreement', 'zh-CN': '依约修改' },
  derived: { en: 'derived again here', 'zh-CN': '本机重新推导' },
  failed: { en: 'does not follow', 'zh-CN': '不符' },
  absent: { en: 'not here, not looked at', 'zh-CN': '不在此处，未查验' },
  files: { en: 'files', 'zh-CN': '文件' },
  policy: { en: 'policy', 'zh-CN': '策略' },
  antivirus: { en: 'antivirus providers allowed', 'zh-CN': '允许的杀毒软件' },
  inImage: { en: 'in the image', 'zh-CN': '在映像中' },
  until: { en: 'until', 'zh-CN': '有效至' },
  sendsOut: { en: 'sends out', 'zh-CN': '向外发送' },
  difference: { en: 'against the release before', 'zh-CN': '与上一发布相比' },
  first: { en: 'first release on this channel', 'zh-CN': '该通道的首个发布' },
  approved: { en: 'approved by', 'zh-CN': '已批准' },
  missing: { en: 'missing', 'zh-CN': '缺少' },
  emergency: { en: 'EMERGENCY', 'zh-CN': '紧急' },
  urgentMissing: { en: 'missing for the emergency lane', 'zh-CN': '紧急通道尚缺' },
  rejected: { en: 'rejected by', 'zh-CN': '已否决' },
  nobody: { en: 'nobody', 'zh-CN': '无' },
  nothing: { en: 'nothing', 'zh-CN': '无' },
  signing: { en: 'what is signed: release.json with', 'zh-CN': '所签内容：release.json，其' },
} satisfies Record<string, Localized>;

function baseText(base: ReleaseManifest['base']): string {
  return base.family === 'debian'
    ? `debian ${base.suite}, ${base.packages} packages`
    : `windows ${base.editionId} ${base.build}`;
}

const patchSetOf = ({ patchSet }: ReleaseManifest) => (patchSet === undefined ? [] : [patchSet]);

/** Everything a signer sees before signing: what it is, what was derived again, what changed, and the digest itself. */
export function reviewLines(review: Review, language: Language): string[] {
  const { manifest } = review;
  const t = (key: keyof typeof words) => words[key][language];
  const { core, overlay, modified } = manifest.integrity;
  return [
    `${t('candidate')} ${review.id}: ${manifest.edition} ${manifest.version}`,
    ...columns([
      [t('proposed'), `${review.proposedBy} ${manifest.proposedAt}`],
      [t('channel'), `${manifest.channel}, ${t('sequence')} ${manifest.sequence}`],
      [t('expires'), manifest.expiresAt],
      [t('base'), baseText(manifest.base)],
      [t('lock'), manifest.lockSha256],
      [t('core'), `${core}; ${t('overlay')} ${overlay}; ${t('modified')} ${modified}`],
      [
        t('policy'),
        Object.entries(manifest.policy)
          .map(([id, value]) => `${id}=${String(value)}`)
          .join(' '),
      ],
    ]),
    ...(manifest.emergency === undefined ? [] : [`${t('emergency')}: ${manifest.emergency.reason}`]),
    `${t('files')}:`,
    ...columns(
      [...manifest.artifacts, ...manifest.evidence, ...patchSetOf(manifest)].map((file) => [
        `${file.name}  ${formatBytes(file.sizeBytes)}`,
        file.digests.sha256,
      ]),
    ),
    ...antivirusLines(manifest, language),
    ...checkLines(review, language),
    ...differenceLines(review, language),
    ...standingLines(review.standing, language),
    t('signing'),
    `  sha256  ${review.sha256}`,
  ];
}

/** Who may protect devices, until when, what brings it, and what it tells others: all of it is approved with the release. */
function antivirusLines({ antivirusProviders = [] }: ReleaseManifest, language: Language): string[] {
  const t = (key: keyof typeof words) => words[key][language];
  const lines = antivirusProviders.map(({ name, title, supplier, approvedUntil, sendsOut, installer }) => {
    const from = installer === undefined ? t('inImage') : `${installer.package} ${installer.version}`;
    const sent = sendsOut.map((one) => one[language]).join('; ') || t('nothing');
    const facts = [`${title[language]} (${supplier})`, from, `${t('until')} ${approvedUntil}`];
    return [name, [...facts, `${t('sendsOut')}: ${sent}`].join(', ')] as [string, string];
  });
  return lines.length === 0 ? [] : [`${t('antivirus')}:`, ...columns(lines)];
}

function checkLines({ checks }: Review, language: Language): string[] {
  const t = (key: keyof typeof words) => words[key][language];
  const ids = (state: string) => checks.filter((check) => check.state === state).map((check) => check.id);
  const [ok, absent] = [ids('ok'), ids('absent')];
  const failed = checks.filter((check) => check.state === 'failed');
  return [
    `${t('derived')} (${ok.length}): ${ok.join(', ')}`,
    ...(absent.length === 0 ? [] : [`${t('absent')} (${absent.length}): ${absent.join(', ')}`]),
    ...(failed.length === 0 ? [] : [`${t('failed')} (${failed.length}):`]),
    ...columns(failed.map((check) => [check.id, `${check.expected ?? ''} ≠ ${check.got ?? ''}`])),
  ];
}

function differenceLines({ difference, previousSequence }: Review, language: Language): string[] {
  if (difference === undefined) return previousSequence === undefined ? [words.first[language]] : [];
  const text = renderDiffText(difference, language).trimEnd().split('\n');
  return [`${words.difference[language]}:`, ...text.map((line) => `  ${line}`)];
}

/** Who approved, who is missing, who rejected. */
export function standingLines(standing: CandidateStanding, language: Language): string[] {
  const t = (key: keyof typeof words) => words[key][language];
  const approved = standing.approvedBy.map(({ party, holders }) =>
    holders.length === 1 && holders[0] === party ? party : `${party} (${holders.join(', ')})`,
  );
  const owed = (missing: CandidateStanding['missing']) =>
    missing.map(({ party, suite, needed, have }) => `${party} (${suite} ${have}/${needed})`).join(', ') ||
    t('nobody');
  const rejected = standing.rejections.filter((one) => one.standing);
  return [
    `${t('approved')}: ${approved.join(', ') || t('nobody')}`,
    `${t('missing')}: ${owed(standing.missing)}`,
    ...(standing.urgentMissing === undefined
      ? []
      : [`${t('urgentMissing')}: ${owed(standing.urgentMissing)}`]),
    ...rejected.map(({ party, reasons }) => `${t('rejected')} ${party}: ${reasons.join('; ')}`),
  ];
}

/** A review as `--json` shows it. */
export function reviewData(review: Review) {
  const { id, sha256, proposedBy, manifest, checks, difference, standing } = review;
  return { id, sha256, proposedBy, manifest, checks, difference, standing };
}
