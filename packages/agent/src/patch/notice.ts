import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { at, type Device } from '../device.ts';

/** Read by pam_motd at each login, on the console and over the network; gone with the restart. Source: pam_motd(8), motd_dir. */
const noticeFile = '/run/motd.d/imprint-restart';

/** What people are told, in both languages: whoever logs in next may read either. */
export const restartNotice = (version: string, deadline: string): string =>
  [
    `Release ${version} is installed and waits for a restart, at the latest ${deadline}.`,
    'Choose when: sudo imprint-agent restart --now, or --later 2h',
    `版本 ${version} 已安装，等待重启，最迟 ${deadline}。`,
    '可自行选择：sudo imprint-agent restart --now 或 --later 2h',
    '',
  ].join('\n');

/** Puts the notice where each login shows it. */
export function showNotice(device: Device, text: string): void {
  const path = at(device, noticeFile);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, text, { mode: 0o644 });
}

/** Takes the notice away. */
export const clearNotice = (device: Device): void => rmSync(at(device, noticeFile), { force: true });
