import type { ErrorRegistry } from '@imprint/protocol';

/** Codes of a device key that lives in a TPM. */
export const tpmErrors = {
  AGENT_TPM_UNAVAILABLE: {
    status: 503,
    exit: 4,
    message: {
      en: "expected an answer of the TPM that holds this device's key, got {reason}",
      'zh-CN': '保存本机密钥的 TPM 应有应答，实际为 {reason}',
    },
    hint: {
      en: 'is the TPM on in the firmware, is tpm2-tools installed, may this user open /dev/tpmrm0? The device stays the same and nothing was sent',
      'zh-CN':
        '请检查固件中是否启用 TPM、是否安装 tpm2-tools、当前用户能否打开 /dev/tpmrm0；设备身份不变，未发送任何内容',
    },
  },
  AGENT_TPM_KEY_CHANGED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to sign: expected the TPM to hold key {expected}, got {got}',
      'zh-CN': '拒绝签名：TPM 应持有密钥 {expected}，实际为 {got}',
    },
    hint: {
      en: 'the TPM was cleared or is another one; enrol as a new device: imprint-agent enrol --new-key --token TOKEN',
      'zh-CN': 'TPM 已被清除或更换；请登记为新设备：imprint-agent enrol --new-key --token <令牌>',
    },
  },
} as const satisfies ErrorRegistry;
