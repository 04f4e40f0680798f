import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const refused = { status: 422, exit: 1 } as const;

export const aptErrors = {
  APT_NAME_INVALID: {
    ...input,
    message: {
      en: 'expected a ring named with lower-case letters, digits and hyphens, got "{got}"',
      'zh-CN': '环的名称应由小写字母、数字与连字符组成，实际为“{got}”',
    },
    hint: { en: 'for instance pilot or broad-2', 'zh-CN': '例如 pilot 或 broad-2' },
  },
  APT_KEY_MISSING: {
    status: 404,
    exit: 2,
    message: {
      en: 'expected the apt signing key in {directory}, got none',
      'zh-CN': '{directory} 中应有 apt 签名密钥，实际没有',
    },
    hint: { en: 'make it with imprint patch key', 'zh-CN': '请用 imprint patch key 生成' },
  },
  APT_KEY_EXISTS: {
    status: 409,
    exit: 2,
    message: {
      en: 'refusing to replace the apt signing key in {directory}',
      'zh-CN': '拒绝替换 {directory} 中的 apt 签名密钥',
    },
    hint: {
      en: 'devices trust this key; bring the next one to them in an edition before it signs',
      'zh-CN': '设备信任该密钥；新密钥须先随版本送达设备，然后才能用于签名',
    },
  },
  APT_PACKAGE_MALFORMED: {
    ...input,
    message: {
      en: 'expected a binary package with sha256 {sha256}, got {got}',
      'zh-CN': 'sha256 为 {sha256} 的应为二进制软件包，实际为 {got}',
    },
    hint: { en: 'fetch it again with imprint edition build', 'zh-CN': '请用 imprint edition build 重新获取' },
  },
  APT_SET_NOT_CLOSED: {
    ...refused,
    message: {
      en: 'refusing to serve {suite}: apt cannot install the set from it alone: {reason}',
      'zh-CN': '拒绝提供 {suite}：apt 仅凭该仓库无法安装该集合：{reason}',
    },
    hint: {
      en: 'lock the edition again: base, updates and security must be resolved together',
      'zh-CN': '请重新锁定版本：基础、更新与安全仓库必须一并解析',
    },
  },
  APT_SET_GOES_BACK: {
    ...refused,
    message: {
      en: 'refusing to serve {suite}: {count} packages would go back, for instance {package} from {from} to {to}',
      'zh-CN': '拒绝提供 {suite}：{count} 个软件包将回退，例如 {package} 由 {from} 退至 {to}',
    },
    hint: {
      en: 'apt does not go back by itself: bring the old content under a higher version, or give --allow-older and pin it above 1000 on the devices',
      'zh-CN':
        'apt 不会自行回退：请以更高版本号提供旧内容，或使用 --allow-older 并在设备上将其优先级设为 1000 以上',
    },
  },
  APT_INDEX_UNREADABLE: {
    ...refused,
    message: {
      en: 'refusing to remove packages from the pool: expected an index of its packages, got {file}',
      'zh-CN': '拒绝清理软件包池：{file} 应为其软件包索引，实际不是',
    },
    hint: {
      en: 'the file is damaged or none of ours; serve the ring again, or remove the file',
      'zh-CN': '该文件已损坏或并非由本系统写入；请重新提供该环，或删除该文件',
    },
  },
  APT_DATE_NOT_NEWER: {
    ...refused,
    message: {
      en: 'refusing to serve {suite}: expected a date after {published}, got {got}',
      'zh-CN': '拒绝提供 {suite}：日期应晚于 {published}，实际为 {got}',
    },
    hint: {
      en: 'apt drops an index that is not newer, without a word; check the clock of this machine',
      'zh-CN': 'apt 会静默忽略不更新的索引；请检查本机时钟',
    },
  },
} as const satisfies ErrorRegistry;

export const aptError = errorFactory(aptErrors);
