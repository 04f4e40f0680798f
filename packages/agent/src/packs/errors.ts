import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const fetchAgain = {
  en: 'nothing of it was used; it is fetched again, from another place if this one keeps giving it',
  'zh-CN': '未使用其中任何内容；将重新获取，若同一来源持续如此请更换来源',
};

/** Refusals of packs and patches. A device that meets one still has what it ran. */
export const packErrors = {
  AGENT_PACK_HEAD_MISMATCH: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing a {kind} whose head is not the signed one: expected sha256 {expected}, got {got}',
      'zh-CN': '拒绝首部与签名不符的 {kind}：sha256 应为 {expected}，实际为 {got}',
    },
    hint: fetchAgain,
  },
  AGENT_PACK_FRAME_MISMATCH: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing frame {frame} of a {kind}: expected sha256 {expected}, got {got}',
      'zh-CN': '拒绝 {kind} 的第 {frame} 帧：sha256 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'the frames before it are kept; the next attempt asks for this one again',
      'zh-CN': '此前的帧已保留；下次将重新请求此帧',
    },
  },
  AGENT_PACK_INCOMPLETE: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected {expected} bytes of a {kind}, got {got} and then the end',
      'zh-CN': '{kind} 应为 {expected} 字节，实际收到 {got} 字节后中断',
    },
    hint: {
      en: 'try again: it goes on at the last whole frame',
      'zh-CN': '请重试：将从最后一个完整帧继续',
    },
  },
  AGENT_PACK_MALFORMED: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing a {kind} that was signed but is not one: expected {expected}',
      'zh-CN': '拒绝已签名但格式不符的 {kind}：应为 {expected}',
    },
    hint: {
      en: 'it was encoded by another version; update imprint-agent, or report this as a problem',
      'zh-CN': '它由其他版本生成；请更新 imprint-agent，或上报此问题',
    },
  },
  AGENT_PACK_UNREADABLE: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing a {kind} that does not unpack: expected {expected} bytes of {part}, got {got}',
      'zh-CN': '拒绝无法解压的 {kind}：{part} 应解出 {expected} 字节，实际为 {got}',
    },
    hint: fetchAgain,
  },
  AGENT_PATCH_MALFORMED: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing a patch whose instructions do not add up: expected {expected}',
      'zh-CN': '拒绝指令不一致的补丁：应为 {expected}',
    },
    hint: {
      en: 'the whole pack of the same package does without a patch; report this as a problem',
      'zh-CN': '同一软件包的完整数据包无需补丁；请上报此问题',
    },
  },
  AGENT_PATCH_NO_PACK: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected the installed files a patch is made for, got {count} that differ, the first {path}, and no pack',
      'zh-CN': '已安装文件应与补丁所依据的一致，实际有 {count} 个不同（首个为 {path}），且没有数据包可用',
    },
    hint: {
      en: 'give the pack as well: only what differs is read from it',
      'zh-CN': '请同时提供数据包：只会读取有差异的部分',
    },
  },
  AGENT_PACK_RESULT_MISMATCH: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing a rebuilt package that is not the signed one: expected {expected}, got {got}',
      'zh-CN': '拒绝与签名不符的重建软件包：应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'it was removed and apt never saw it; the whole pack of the same package does without the installed files',
      'zh-CN': '已删除，apt 未曾读取；同一软件包的完整数据包不依赖已安装文件',
    },
  },
  AGENT_PACK_NO_ROOM: {
    status: 507,
    exit: 4,
    message: {
      en: 'expected room for {file}, got {reason}',
      'zh-CN': '应有空间存放 {file}，实际为 {reason}',
    },
    hint: {
      en: 'free some space and try again; whole frames are kept',
      'zh-CN': '请清理空间后重试；完整的帧已保留',
    },
  },
} as const satisfies ErrorRegistry;

export const packError = errorFactory(packErrors);
