import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const deviceLabErrors = {
  LAB_QEMU_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected {command} to run the device, found none',
      'zh-CN': '运行设备需要 {command}，但未找到',
    },
    hint: {
      en: 'install the Debian package qemu-system-x86, or pass --no-boot',
      'zh-CN': '请安装 Debian 软件包 qemu-system-x86，或使用 --no-boot',
    },
  },
  LAB_FIRMWARE_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected UEFI firmware at {path}, found none',
      'zh-CN': '应在 {path} 找到 UEFI 固件，但未找到',
    },
    hint: {
      en: 'install the Debian package ovmf, or boot with BIOS firmware',
      'zh-CN': '请安装 Debian 软件包 ovmf，或使用 BIOS 固件启动',
    },
  },
  LAB_GUEST_ENDED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the device to keep running, its machine ended: {reason}',
      'zh-CN': '设备应保持运行，但其虚拟机已结束：{reason}',
    },
    hint: {
      en: 'read the end of the console log: {console}',
      'zh-CN': '请查看控制台日志末尾：{console}',
    },
  },
  LAB_GUEST_BROKEN: {
    status: 503,
    exit: 1,
    message: {
      en: 'expected the device to boot, its console says "{line}"',
      'zh-CN': '设备应能启动，但其控制台显示“{line}”',
    },
    hint: {
      en: 'the image does not boot: read the end of the console log: {console}',
      'zh-CN': '镜像无法启动，请查看控制台日志末尾：{console}',
    },
  },
  LAB_REPORT_LATE: {
    status: 503,
    exit: 1,
    message: {
      en: 'expected a report from the device within {seconds} s, got none; it came as far as: {milestone}',
      'zh-CN': '设备应在 {seconds} 秒内上报，但未收到；已到达阶段：{milestone}',
    },
    hint: {
      en: 'read the end of the console log: {console}',
      'zh-CN': '请查看控制台日志末尾：{console}',
    },
  },
} as const satisfies ErrorRegistry;

export const deviceLabError = errorFactory(deviceLabErrors);
