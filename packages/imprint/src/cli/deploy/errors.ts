import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const deployCommandErrors = {
  CLI_DEPLOY_UNPUBLISHED: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a published release of {edition} on {channel}, found none',
      'zh-CN': '应有 {edition} 在通道 {channel} 上已发布的版本，但未找到',
    },
    hint: { en: 'publish one: imprint release publish', 'zh-CN': '请先发布：imprint release publish' },
  },
  CLI_DEPLOY_OUTPUT: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected the release to name a {kind} artifact, it names none',
      'zh-CN': '发布版本应含 {kind} 产物，实际没有',
    },
    hint: {
      en: 'add {kind} to the outputs of the edition and release it again; Windows editions are installed from their own medium',
      'zh-CN': '请在该版本的 outputs 中加入 {kind} 后重新发布；Windows 版本请用其自身介质安装',
    },
  },
  CLI_DEPLOY_BYTES: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing {name}: expected sha256 {expected} as approved, got {got}',
      'zh-CN': '拒绝 {name}：已批准的 sha256 为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'the published tree was changed; publish the release again',
      'zh-CN': '已发布的目录被更改；请重新发布',
    },
  },
  CLI_DEPLOY_SOURCE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected --source to be an http or https address, got "{got}"',
      'zh-CN': '--source 应为 http 或 https 地址，实际为“{got}”',
    },
    hint: { en: 'for instance http://10.0.0.5:8470', 'zh-CN': '例如 http://10.0.0.5:8470' },
  },
} as const satisfies ErrorRegistry;

export const deployCommandError = errorFactory(deployCommandErrors);
