import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const refused = { status: 422, exit: 1 } as const;
const input = { status: 422, exit: 2 } as const;

export const windowsPressErrors = {
  WINDOWS_PRESS_PATH_TAKEN: {
    ...refused,
    message: {
      en: 'refusing to put a file of step "{step}" over "{path}", which the vendor\'s image has',
      'zh-CN': '拒绝用步骤“{step}”的文件覆盖厂商映像中已有的“{path}”',
    },
    hint: {
      en: 'an edition adds files and edits hives; choose another path',
      'zh-CN': '版本只能新增文件和修改注册表配置单元；请改用其他路径',
    },
  },
  WINDOWS_PRESS_HARD_LINK: {
    ...refused,
    message: {
      en: 'refusing to change "{path}" for step "{step}": {links} names share this file',
      'zh-CN': '拒绝为步骤“{step}”更改“{path}”：该文件有 {links} 个硬链接',
    },
    hint: {
      en: 'changing one name would break the link with the component store; choose another path',
      'zh-CN': '只更改其中一个名称会破坏与组件存储的硬链接；请改用其他路径',
    },
  },
  WINDOWS_PRESS_DEVICE_STATE: {
    ...refused,
    message: {
      en: 'refusing to ship what belongs to one device: {paths}',
      'zh-CN': '拒绝发布属于单台设备的内容：{paths}',
    },
    hint: {
      en: "take the image from the vendor's medium, not from a machine in use, and add nothing there: every device makes these itself",
      'zh-CN': '请使用厂商介质中的映像，而非从使用中的机器捕获；勿在该处添加内容：每台设备会自行生成',
    },
  },
  WINDOWS_PRESS_TWICE: {
    ...input,
    message: {
      en: 'expected each path to be added once, got "{path}" from step "{first}" and step "{second}"',
      'zh-CN': '每个路径只能新增一次，“{path}”却来自步骤“{first}”和“{second}”',
    },
    hint: {
      en: 'rename one of the two files in the manifest',
      'zh-CN': '请在清单中为其中一个文件改名',
    },
  },
  WINDOWS_PRESS_NOT_A_DIRECTORY: {
    ...input,
    message: {
      en: 'expected a directory at "{parent}" for "{path}" of step "{step}", got something else',
      'zh-CN': '步骤“{step}”的“{path}”要求“{parent}”是目录，实际不是',
    },
    hint: { en: 'choose another path', 'zh-CN': '请改用其他路径' },
  },
  WINDOWS_PRESS_HIVE_MISSING: {
    ...input,
    message: {
      en: 'expected the registry hive "{path}" in the image for step "{step}", got none',
      'zh-CN': '步骤“{step}”需要映像中的注册表配置单元“{path}”，实际没有',
    },
    hint: {
      en: 'name the install.wim of a Windows medium and the index of a whole Windows image',
      'zh-CN': '请指定 Windows 介质中的 install.wim，以及完整 Windows 映像的索引',
    },
  },
  WINDOWS_PRESS_HIVE_CHANGED: {
    ...refused,
    message: {
      en: 'refusing to edit "{path}": the lock knows it with sha1 {expected}, the image has {got}',
      'zh-CN': '拒绝修改“{path}”：锁文件记录的 sha1 为 {expected}，映像中为 {got}',
    },
    hint: {
      en: 'the lock was not made from this image; make it again with "imprint edition lock"',
      'zh-CN': '锁文件并非由此映像生成；请用“imprint edition lock”重新生成',
    },
  },
  WINDOWS_PRESS_CATALOG_KEY: {
    ...input,
    message: {
      en: 'expected the key of the catalog signer "{signer}", got {got}',
      'zh-CN': '需要目录签名者“{signer}”的私钥，实际为{got}',
    },
    hint: {
      en: 'give the PEM file of the key with --catalog-key; it is read once and never kept',
      'zh-CN': '请用 --catalog-key 指定私钥的 PEM 文件；该文件只读取一次，不会保存',
    },
  },
  WINDOWS_PRESS_EXPORT_DIFFERS: {
    status: 500,
    exit: 1,
    message: {
      en: 'refusing the pressed image: {problem}',
      'zh-CN': '拒绝压制出的映像：{problem}',
    },
    hint: {
      en: 'nothing was kept; check the disk and the memory of this machine, then run the build again',
      'zh-CN': '结果未保留；请检查本机磁盘与内存，然后重新构建',
    },
  },
  WINDOWS_PRESS_MEDIUM: {
    ...input,
    message: {
      en: 'expected {expected} on the installation medium "{medium}", got {got}',
      'zh-CN': '安装介质“{medium}”应有 {expected}，实际为 {got}',
    },
    hint: {
      en: 'name the whole ISO of the vendor as base.windows.image, or leave the output "iso" out',
      'zh-CN': '请将 base.windows.image 指定为厂商的完整 ISO，或去掉输出“iso”',
    },
  },
} as const satisfies ErrorRegistry;

export const windowsPressError = errorFactory(windowsPressErrors);
