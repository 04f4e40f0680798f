import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const packErrors = {
  PACK_DEB_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a binary package with {expected} in {file}, got {got}',
      'zh-CN': '{file} 应为含有 {expected} 的二进制软件包，实际为 {got}',
    },
    hint: {
      en: 'check it with dpkg-deb --info, and fetch the package again',
      'zh-CN': '请用 dpkg-deb --info 检查，并重新获取该软件包',
    },
  },
  PACK_DEB_TOO_LARGE: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected {file} to unpack to at most {limit} bytes, got {got}',
      'zh-CN': '{file} 解包后不应超过 {limit} 字节，实际为 {got}',
    },
    hint: {
      en: 'deliver this package as it is: an ar archive has no room for larger members',
      'zh-CN': '请按原样分发该软件包：ar 归档无法容纳更大的成员',
    },
  },
  PACK_NOT_OF_DEB: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a pack of the canonical package {expected}, got one of {got}',
      'zh-CN': '应为规范软件包 {expected} 的数据包，实际为 {got} 的',
    },
    hint: {
      en: 'encode the pack of the new version first and give that one',
      'zh-CN': '请先为新版本生成数据包，再使用该数据包',
    },
  },
  PACK_TOOL_ANSWER: {
    status: 500,
    exit: 70,
    message: {
      en: 'expected bsdiff to describe {expected} bytes, got {got}',
      'zh-CN': 'bsdiff 应描述 {expected} 字节，实际为 {got}',
    },
    hint: {
      en: 'check that the bsdiff of Debian is installed, and report this as a problem',
      'zh-CN': '请确认已安装 Debian 的 bsdiff，并上报此问题',
    },
  },
} as const satisfies ErrorRegistry;

export const packError = errorFactory(packErrors);
