import { isImprintError } from '@imprint/protocol';
import { ageText, alignRows } from '../cli/columns.ts';
import type { Command, Invocation } from '../cli/command.ts';
import { type Licence, readLicence } from '../licence/read.ts';
import { type DeviceKey, loadDeviceKey } from '../message/key.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { readSettings } from '../settings.ts';
import { enrolmentRecord, reportRecord } from '../state/records.ts';
import { licenceLine, nextStep } from './licence-text.ts';
import { isFailing, reportText } from './report-text.ts';
import { rolloutRows } from './rollout-text.ts';

const keyWord = (heldBy: DeviceKey['heldBy'] | undefined, say: Invocation['say']): string =>
  heldBy === 'tpm' ? say('key in the TPM', '密钥在 TPM 中') : say('key in a file', '密钥在文件中');

/** Who this device is and when it last spoke; no network. */
function identity({ device }: Invocation) {
  const settings = readSettings(device);
  const enrolment = enrolmentRecord.load(device.files);
  const key = loadDeviceKey(device);
  return {
    server: settings.server,
    channel: settings.channel,
    deviceId: enrolment === undefined ? undefined : key?.deviceId,
    keyHeldBy: key?.heldBy,
    enrolledAt: enrolment?.enrolledAt,
    lastCheckInAt: reportRecord.load(device.files)?.sentAt,
  };
}

/** A root that cannot be read is told by the figure of the release. */
async function statusLicence({ device }: Invocation): Promise<Licence | undefined> {
  try {
    return await readLicence(device);
  } catch (error) {
    if (isImprintError(error)) return undefined;
    throw error;
  }
}

export const statusCommand: Command = {
  name: 'status',
  summary: {
    en: 'show how this device is, seen now; exit 1 if anything is failing',
    'zh-CN': '显示本机当前状况；有异常时退出码为 1',
  },
  flags: [],
  run: async (invocation) => {
    const { device, language, say } = invocation;
    const who = identity(invocation);
    const report = await observeDevice(lookAt(device, language));
    const now = device.now();
    const licence = await statusLicence(invocation);
    const enrolled =
      who.deviceId === undefined
        ? say('not enrolled', '未登记')
        : `${who.deviceId} (${keyWord(who.keyHeldBy, say)})`;
    const spoke =
      who.lastCheckInAt === undefined ? say('never', '从未') : ageText(who.lastCheckInAt, now, say);
    const step = licence === undefined ? undefined : nextStep(licence, say);
    const text = [
      ...alignRows([
        [say('edition', '版本'), `${report.edition.name} ${report.edition.version} (${who.channel})`],
        [say('device', '设备'), enrolled],
        [say('server', '服务器'), who.server],
        [say('last check-in', '上次签到'), spoke],
        ...(licence === undefined ? [] : [[say('licence', '许可'), licenceLine(licence, now, say)]]),
        ...rolloutRows(device, say),
      ]),
      ...(step === undefined ? [] : ['', step]),
      '',
      ...reportText(report, now, say),
    ];
    return { data: { ...who, report }, text, exit: isFailing(report) ? 1 : 0 };
  },
};
