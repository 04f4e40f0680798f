import type { Invocation } from '../cli/command.ts';
import type { Device } from '../device.ts';
import { observeRollout } from '../observe/rollout.ts';
import { readSituation } from '../patch/situation.ts';

type Say = Invocation['say'];

/** A rollout's step in words. */
const stepWord = (step: string, say: Say): string =>
  new Map([
    ['waiting', say('waiting', '等待')],
    ['downloading', say('downloading', '下载中')],
    ['downloaded', say('downloaded', '已下载')],
    ['installing', say('installing', '安装中')],
    ['restart-needed', say('waits for a restart', '等待重启')],
    ['installed', say('installed', '已安装')],
    ['failed', say('given up', '已放弃')],
    ['fell-back', say('fell back', '已回退')],
  ]).get(step) ?? step;

/** The rollout as rows of a status: what is directed, how far it has come, when what happens. */
export function rolloutRows(device: Device, say: Say): string[][] {
  const report = observeRollout(device);
  if (report === undefined) return [];
  const { target, progress } = readSituation(device);
  const healthy =
    report.healthy === undefined
      ? []
      : [report.healthy ? say('healthy', '健康') : say('not healthy', '不健康')];
  const state = [stepWord(report.step, say), ...healthy, ...(report.code === undefined ? [] : [report.code])];
  const window = target?.installWindow;
  const times =
    window === undefined ? say('at any time', '任何时间') : `${window.from} – ${window.to ?? ''}`.trim();
  const reasons = progress?.step === 'restart-needed' ? (progress.restartReasons ?? []) : [];
  const chosen = progress?.restartAfter;
  return [
    [say('rollout', '推送'), `${target?.version ?? ''} · ${state.join(' · ')}`],
    ...(report.step === 'installed'
      ? []
      : [
          [
            say('window', '时间窗口'),
            say(`${times}, at the latest ${target?.deadline}`, `${times}，最迟 ${target?.deadline}`),
          ],
        ]),
    ...(reasons.length === 0 ? [] : [[say('restart for', '重启原因'), reasons.join(', ')]]),
    ...(reasons.length === 0 || chosen === undefined ? [] : [[say('restart at', '重启时间'), chosen]]),
  ];
}
