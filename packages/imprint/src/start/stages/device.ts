import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { runDevice } from '../../device-lab/index.ts';
import { operatorTokenFile } from '../../rooms/organisation/index.ts';
import { startError } from '../errors.ts';
import { need, type Reported } from '../facts.ts';
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
      throw notOk(error, heard.last());
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
  return join(directory, 'artifacts', disk.name);
}

/** Asks the server for a device that enrolled in this run, and shows its figures as they change. */
function listener({ note, language, now }: StageContext, client: ServerClient) {
  const since = now().toISOString();
  let last: Reported | undefined;
  let shown = '';
  return {
    last: () => last,
    ask: async (): Promise<Reported | undefined> => {
      last = (await client.reportedSince(since))[0] ?? last;
      if (last === undefined) return undefined;
      const { state, figures } = last.posture;
      const said = figures.map((figure) => `${figure.name} ${figure.state}`).join(', ');
      if (said !== shown) for (const figure of figures) note(figureLine(figure, language));
      shown = said;
      return state === 'ok' ? last : undefined;
    },
  };
}

/** A device that did report, but not ok, is not late: what it said is the error. */
function notOk(error: unknown, last: Reported | undefined): unknown {
  if (last === undefined || !isImprintError(error, 'LAB_REPORT_LATE')) return error;
  const bad = last.posture.figures.filter(({ state }) => state !== 'ok');
  const reasons = bad
    .map(({ name, state, reason }) => `${name} ${state}${reason ? ` (${reason})` : ''}`)
    .join(', ');
  const console = String(error.params.console);
  return startError(
    'START_DEVICE_NOT_OK',
    { posture: last.posture.state, reasons, console },
    { cause: error },
  );
}
