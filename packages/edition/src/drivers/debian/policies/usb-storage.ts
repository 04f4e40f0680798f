import { lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

const denied = policyFile(
  '/etc/modprobe.d/imprint-usb-storage.conf',
  lines('install usb-storage /bin/false', 'install uas /bin/false'),
);

const readOnly = policyFile(
  '/etc/udev/rules.d/70-imprint-usb-read-only.rules',
  lines(
    '# Every block device behind a USB port is read-only from the moment it appears.',
    'ACTION=="add|change", SUBSYSTEM=="block", SUBSYSTEMS=="usb", RUN+="/usr/sbin/blockdev --setro $devnode"',
  ),
);

export const usbStorage = definePolicy({
  id: 'usbStorage',
  title: { en: 'USB storage', 'zh-CN': 'USB 存储设备' },
  follows: 'modprobe.d(5) install; udev(7), blockdev(8); CIS Debian Linux Benchmark, USB storage',
  carry: (value) => {
    if (value === 'allow') return undefined;
    if (value === 'read-only')
      return { intended: value, actions: [readOnly.write], observe: [readOnly.check] };
    return {
      intended: value,
      actions: [denied.write],
      observe: [
        { kind: 'kernel-module-blocked', module: 'usb-storage' },
        { kind: 'kernel-module-blocked', module: 'uas' },
      ],
    };
  },
});
