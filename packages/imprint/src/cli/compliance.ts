import type { Flag, Input } from './command.ts';

/** What the commands read of a group of devices; a count that is absent is not said. */
export interface ComplianceRow {
  readonly key: string;
  readonly devices?: number;
  readonly ok?: number;
  readonly stale?: number;
  readonly unknown?: number;
  readonly failing?: number;
  readonly oldestReportOn?: string;
  readonly newestReportOn?: string;
}

export const figureFlag: Flag = {
  name: 'figure',
  type: 'string',
  value: 'FIGURE',
  choices: ['overall', 'release', 'patch', 'antivirus', 'integrity', 'policy', 'first-boot', 'licence'],
  summary: {
    en: 'one figure, default overall: the worst of all',
    'zh-CN': '单项指标，默认 overall，即各项中最差者',
  },
};

/** One group as a line: how many devices stand how, and how old that is. */
export function complianceLine({ context: { say } }: Input, row: ComplianceRow): string {
  const shown = (count: number | undefined) => count ?? '·';
  const { ok, stale, unknown, failing, devices, oldestReportOn, newestReportOn } = row;
  const counts = say({
    en: `devices ${shown(devices)}  ok ${shown(ok)}  stale ${shown(stale)}  unknown ${shown(unknown)}  failing ${shown(failing)}`,
    'zh-CN': `设备 ${shown(devices)}  正常 ${shown(ok)}  过期 ${shown(stale)}  未知 ${shown(unknown)}  不合规 ${shown(failing)}`,
  });
  if (devices === undefined || devices === 0) return counts;
  if (oldestReportOn === undefined || newestReportOn === undefined)
    return `${counts}  ${say({ en: 'no reports', 'zh-CN': '尚无上报' })}`;
  const heard = say({
    en: `last reports ${oldestReportOn} to ${newestReportOn}`,
    'zh-CN': `最近上报 ${oldestReportOn} 至 ${newestReportOn}`,
  });
  return `${counts}  ${heard}`;
}
