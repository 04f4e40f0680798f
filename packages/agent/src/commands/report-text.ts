import type { DeviceReport, Observed } from '@imprint/protocol';
import { ageText, alignRows } from '../cli/columns.ts';

type Say = (en: string, zh: string) => string;

const stateWord = (state: Observed['state'], say: Say): string =>
  ({
    ok: say('ok', '正常'),
    stale: say('stale', '过时'),
    unknown: say('unknown', '未知'),
    failing: say('failing', '异常'),
  })[state];

function antivirusDetail(antivirus: DeviceReport['antivirus'], say: Say): string {
  const parts = [
    antivirus.provider,
    antivirus.definitionsVersion === undefined
      ? undefined
      : say(`definitions ${antivirus.definitionsVersion}`, `病毒库 ${antivirus.definitionsVersion}`),
    antivirus.realTime === true ? say('on access', '实时扫描') : undefined,
    antivirus.directed === undefined
      ? undefined
      : say(`${antivirus.directed} is directed`, `指定 ${antivirus.directed}`),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function figures(report: DeviceReport, say: Say): [string, Observed, string][] {
  const { release, patch, antivirus, integrity } = report;
  const signers = release.signedBy?.join(', ');
  return [
    [
      say('release', '发布'),
      release,
      release.version === undefined
        ? ''
        : `${release.version}${signers === undefined ? '' : say(`, signed by ${signers}`, `，签名方：${signers}`)}`,
    ],
    [
      say('packages', '软件包'),
      patch,
      patch.packages === undefined ? '' : say(`${patch.packages} installed`, `已安装 ${patch.packages} 个`),
    ],
    [say('antivirus', '杀毒'), antivirus, antivirusDetail(antivirus, say)],
    [
      say('integrity', '完整性'),
      integrity,
      integrity.checked === undefined ? '' : say(`${integrity.checked} paths`, `${integrity.checked} 个路径`),
    ],
  ];
}

const detailOf = (observed: Observed & { code?: string }, detail: string): string =>
  [detail, observed.code, observed.reason].filter((part) => part !== undefined && part !== '').join(' · ');

/** A report for a person: one aligned line per figure, then one per policy. */
export function reportText(report: DeviceReport, now: Date, say: Say): string[] {
  const head = [say('figure', '项目'), say('state', '状态'), say('seen', '观察时间'), say('detail', '说明')];
  const rows = figures(report, say).map(([name, observed, detail]) => [
    name,
    stateWord(observed.state, say),
    ageText(observed.observedAt, now, say),
    detailOf(observed, detail),
  ]);
  const policies = report.policy.map((policy) => [
    policy.id,
    stateWord(policy.state, say),
    say(`set ${String(policy.intended)}`, `设定 ${String(policy.intended)}`),
    policy.observed === undefined
      ? (policy.reason ?? '')
      : [say(`seen ${String(policy.observed)}`, `观察 ${String(policy.observed)}`), policy.reason]
          .filter((part) => part !== undefined)
          .join(' · '),
  ]);
  return [
    ...alignRows([head, ...rows]),
    ...(policies.length === 0 ? [] : ['', say('policy', '策略'), ...alignRows(policies, '  ')]),
    ...firstBootText(report, say),
    ...listText(say('differing packages', '不同的软件包'), report.patch.differing),
    ...listText(say('differing paths', '不同的路径'), report.integrity.differing),
  ];
}

function firstBootText({ firstBoot }: DeviceReport, say: Say): string[] {
  if (firstBoot === undefined || firstBoot.length === 0) return [];
  const rows = firstBoot.map(({ id, state, reason }) => [stateWord(state, say), id, reason ?? '']);
  return ['', say('first boot', '首次启动'), ...alignRows(rows, '  ')];
}

const listText = (title: string, items: readonly string[] | undefined): string[] =>
  items === undefined || items.length === 0 ? [] : ['', title, ...items.map((item) => `  ${item}`)];

/** True where any figure or policy is known to be wrong. */
export const isFailing = (report: DeviceReport): boolean =>
  [
    report.release,
    report.patch,
    report.antivirus,
    report.integrity,
    ...report.policy,
    ...(report.firstBoot ?? []),
  ].some(({ state }) => state === 'failing');
