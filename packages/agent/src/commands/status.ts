import { ageText, alignRows } from '../cli/columns.ts';
import type { Command, Invocation } from '../cli/command.ts';
import { loadDeviceKey } from '../message/key.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { readSettings } from '../settings.ts';
import { enrolmentRecord, reportRecord } from '../state/records.ts';
import { isFailing, reportText } from './report-text.ts';

/** Who this device is and when it last spoke; no network. */
function identity({ device }: Invocation) {
  const settings = readSettings(device);
  const enrolment = enrolmentRecord.load(device.files);
  return {
    server: settings.server,
    channel: settings.channel,
    deviceId: enrolment === undefined ? undefined : loadDeviceKey(device)?.deviceId,
    enrolledAt: enrolment?.enrolledAt,
    lastCheckInAt: reportRecord.load(device.files)?.sentAt,
  };
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
    const enrolled = who.deviceId ?? say('not enrolled', '未登记');
    const spoke =
      who.lastCheckInAt === undefined ? say('never', '从未') : ageText(who.lastCheckInAt, now, say);
    const text = [
      ...alignRows([
        [say('edition', '版本'), `${report.edition.name} ${report.edition.version} (${who.channel})`],
        [say('device', '设备'), enrolled],
        [say('server', '服务器'), who.server],
        [say('last check-in', '上次签到'), spoke],
      ]),
      '',
      ...reportText(report, now, say),
    ];
    return { data: { ...who, report }, text, exit: isFailing(report) ? 1 : 0 };
  },
};
