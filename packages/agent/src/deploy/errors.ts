import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const unchanged = {
  en: 'no disk was changed',
  'zh-CN': '未更改任何磁盘',
};

/** Refusals of the installer. Where one is met before writing, every disk is as it was. */
export const installErrors = {
  AGENT_INSTALL_NOT_HERE: {
    status: 409,
    exit: 2,
    message: {
      en: 'refusing to install from a running system: expected the installer’s own start',
      'zh-CN': '拒绝在运行中的系统上安装：应由安装程序自身启动',
    },
    hint: {
      en: 'start the machine from a medium of imprint deploy usb, or over the network',
      'zh-CN': '请用 imprint deploy usb 制作的介质或通过网络启动本机',
    },
  },
  AGENT_INSTALL_OPTION: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected {expected} on the kernel command line, got "{got}"',
      'zh-CN': '内核命令行应为 {expected}，实际为“{got}”',
    },
    hint: unchanged,
  },
  AGENT_INSTALL_NO_SOURCE: {
    status: 404,
    exit: 4,
    message: {
      en: 'expected a release on an installation medium or at an address, found neither',
      'zh-CN': '应在安装介质或网络地址上找到发布版本，均未找到',
    },
    hint: {
      en: 'plug the medium in again, or give imprint.source=http(s)://SERVER; drivers for this controller may be missing in the edition’s kernel',
      'zh-CN': '请重新插入介质，或给出 imprint.source=http(s)://服务器；该版本的内核也可能缺少此控制器的驱动',
    },
  },
  AGENT_INSTALL_NO_NETWORK: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected an address by DHCP on {interfaces}, got none',
      'zh-CN': '应通过 DHCP 在 {interfaces} 上取得地址，但未取得',
    },
    hint: { en: 'check the cable and the DHCP server', 'zh-CN': '请检查网线与 DHCP 服务器' },
  },
  AGENT_INSTALL_NO_IMAGE: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a disk image in release {version}, it names none',
      'zh-CN': '发布版本 {version} 应含磁盘镜像，实际没有',
    },
    hint: {
      en: 'release an edition whose outputs name disk',
      'zh-CN': '请发布 outputs 中含 disk 的版本',
    },
  },
  AGENT_INSTALL_NO_DISK: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected exactly one blank disk of at least {bytes} bytes, found none among: {disks}',
      'zh-CN': '应恰有一个不小于 {bytes} 字节的空白磁盘，在以下磁盘中未找到：{disks}',
    },
    hint: {
      en: 'to overwrite a disk that holds data, name it: imprint.erase=SERIAL',
      'zh-CN': '如需覆盖有数据的磁盘，请指明：imprint.erase=序列号',
    },
  },
  AGENT_INSTALL_DISK_AMBIGUOUS: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to choose between disks: expected one that fits, got {disks}',
      'zh-CN': '拒绝在多个磁盘中自行选择：应只有一个符合，实际有 {disks}',
    },
    hint: {
      en: 'name the one meant: imprint.disk=SERIAL (blank) or imprint.erase=SERIAL',
      'zh-CN': '请指明磁盘：imprint.disk=序列号（空白）或 imprint.erase=序列号',
    },
  },
  AGENT_INSTALL_DISK_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a disk with the serial number {serial}, found {disks}',
      'zh-CN': '应有序列号为 {serial} 的磁盘，实际有 {disks}',
    },
    hint: unchanged,
  },
  AGENT_INSTALL_DISK_USED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to overwrite the disk {disk}: it holds data ({found})',
      'zh-CN': '拒绝覆盖磁盘 {disk}：其中有数据（{found}）',
    },
    hint: {
      en: 'name it on purpose: imprint.erase=SERIAL',
      'zh-CN': '确需覆盖时请明确指明：imprint.erase=序列号',
    },
  },
  AGENT_INSTALL_DISK_SMALL: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a disk of at least {bytes} bytes, {disk} has {got}',
      'zh-CN': '磁盘应不小于 {bytes} 字节，{disk} 为 {got}',
    },
    hint: unchanged,
  },
  AGENT_INSTALL_DECLINED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected "{expected}" to be typed, got "{got}"',
      'zh-CN': '应输入“{expected}”，实际为“{got}”',
    },
    hint: unchanged,
  },
  AGENT_INSTALL_IMAGE_DIGEST: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing an image that is not the approved one: expected {digest} {expected}, got {got}',
      'zh-CN': '拒绝与已批准版本不符的镜像：{digest} 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'the disk {disk} does not start anything; check the medium or the server, then install again',
      'zh-CN': '磁盘 {disk} 未留下可启动的系统；请检查介质或服务器后重新安装',
    },
  },
  AGENT_INSTALL_IMAGE_CUT: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected {expected} bytes of the image, got {got} and then the end',
      'zh-CN': '镜像应为 {expected} 字节，实际收到 {got} 字节后中断',
    },
    hint: {
      en: 'the disk {disk} does not start anything; install again',
      'zh-CN': '磁盘 {disk} 未留下可启动的系统；请重新安装',
    },
  },
  AGENT_INSTALL_WRITE: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected the disk {disk} to take what is written, got {reason}',
      'zh-CN': '磁盘 {disk} 应可写入，实际为 {reason}',
    },
    hint: {
      en: 'the disk does not start anything; replace it if this comes again',
      'zh-CN': '该磁盘未留下可启动的系统；如再次出现请更换磁盘',
    },
  },
  AGENT_SEED_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected "key: value" below imprint: in user-data, line {line} is something else',
      'zh-CN': 'user-data 中 imprint: 之下应为“键: 值”，第 {line} 行不是',
    },
    hint: {
      en: 'see docs/guide/deployment.en.md; nothing of the volume was taken',
      'zh-CN': '参见 docs/guide/deployment.zh-CN.md；未读取该卷的任何内容',
    },
  },
} as const satisfies ErrorRegistry;

export const installError = errorFactory(installErrors);
