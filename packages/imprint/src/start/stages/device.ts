import { join } from 'node:path';
import { type DeviceReport, isImprintError } from '@imprint/protocol';
import { runDevice } from '../../device-lab/index.ts';
import { operatorTokenFile } from '../../rooms/organisation/index.ts';
import { startError } from '../errors.ts';
import { need, type Reported } from '../facts.ts';
import { isAccepted } from '../rules.ts';
import { type ServerClient, serverClient } from '../server-client.ts';
import type { Stage, StageContext } from '../stage.ts';
import { figureLine } from '../summary-lines.ts';

/** The host as a guest of QEMU's user network sees it. */
const hostSeenByGuest = '10.0.2.2';

/** Where the device's console and credentials are kept for this run. */
export const deviceDirectory = (run: string) => join(run, 'device');

/** Boots the released disk on a virtual device and waits until that device itself reports ok. */
export const device: Stage = {
  id: 'device',
  title: { en: 'boot it on a device and hear from it', 'zh-CN': '在设备上启动并等待其报告' },
  async run(context) {
    const { home, options, driver, facts, signal, onEnd, note, say } = context;
    const { url, port } = need(facts, 'served');
    const client = serverClient(url, operatorTokenFile(home.directory));
    const token = (await driver.run(['token', 'new', '--label', 'npm-start', '--server', url])) as {
      secret: string;
    };
    const heard = listener(context, client);
    try {
      const ran = await runDevice({
        disk: diskOf(context),
        directory: deviceDirectory(home.run),
        credentials: {
          'imprint.enrol-token': token.secret,
          'imprint.server': `http://${hostSeenByGuest}:${port}`,
        },
        firmware: options.firmware,
        timeoutMs: options.deviceSeconds * 1000,
        signal,
        ask: heard.ask,
        onMilestone: (milestone) =>
          note(say({ en: `console: ${milestone}`, 'zh-CN': `控制台：${milestone}` })),
        onAccelerator: (accelerator, reason) => {
          facts.accelerator = accelerator;
          if (reason !== undefined) note(say(slowly(reason)));
        },
      });
      onEnd(() => ran.device.stop());
      facts.device = ran.answer;
      return { state: 'done', note: ran.answer.hostname };
    } catch (error) {
      const last = heard.last();
      // A device that did report is not late: what it said is the error.
      if (last === undefined || !isImprintError(error, 'LAB_REPORT_LATE')) throw error;
      throw notOk(last, String(error.params.console), error);
    }
  },
};

const slowly = (reason: string) => ({
  en: `KVM does not work here (${reason}); emulating in software`,
  'zh-CN': `此处 KVM 不可用（${reason}），使用软件模拟`,
});

function diskOf({ facts }: StageContext): string {
  const { directory, record } = need(facts, 'built');
  const disk = record.artifacts.find(({ kind }) => kind === 'disk');
  if (disk === undefined) throw new TypeError('the edition has no disk among its outputs');
  return join(directory, disk.name);
}

/** How long figures that are all known, and not all ok, may take to become so. */
const settleMs = 45_000;

/** Asks the server for the device that enrolled in this run, and shows its figures as they change. */
function listener({ note, language, now, home }: StageContext, client: ServerClient) {
  const console = join(deviceDirectory(home.run), 'console.log');
  const since = now().toISOString();
  let last: Reported | undefined;
  let shown = '';
  let shownAt = 0;
  return {
    last: () => last,
    ask: async (): Promise<Reported | undefined> => {
      last = (await client.reportedSince(since))[0] ?? last;
      if (last === undefined) return undefined;
      const { figures } = last.posture;
      const said = figures.map((figure) => `${figure.name} ${figure.state}`).join(', ');
      if (said !== shown) {
        for (const figure of figures) note(figureLine(figure, language));
        for (const line of troubles(last.report)) note(line);
        [shown, shownAt] = [said, now().getTime()];
      }
      if (isAccepted(last)) return last;
      const isSettled = figures.every((figure) => figure.state !== 'unknown');
      if (isSettled && now().getTime() - shownAt > settleMs) throw notOk(last, console);
      return undefined;
    },
  };
}

/** What exactly is wrong, as the device names it. */
function troubles({ integrity, patch, policy }: DeviceReport): string[] {
  const policies = policy.filter(({ state }) => state !== 'ok');
  return [
    ...(integrity.differing ?? []).map((path) => `  differs: ${path}`),
    ...(patch.differing ?? []).map((name) => `  differs: ${name}`),
    ...policies.map(({ id, state, reason = '' }) => `  ${id}: ${state} ${reason}`.trimEnd()),
  ];
}

/** A device that reports, but not ok: what it said is the error. */
function notOk({ posture }: Reported, console: string, cause?: unknown): unknown {
  const bad = posture.figures.filter(({ state }) => state !== 'ok');
  const reasons = bad
    .map(({ name, state, reason }) => `${name} ${state}${reason === undefined ? '' : ` (${reason})`}`)
    .join(', ');
  return startError('START_DEVICE_NOT_OK', { posture: posture.state, reasons, console }, { cause });
}
