import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const alertErrors = {
  LICENSING_ALERT_TARGET_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected alert target {target} to exist, it is not known',
      'zh-CN': '告警目标 {target} 不存在',
    },
    hint: {
      en: 'list the targets you may see with GET /v1/alert-targets',
      'zh-CN': '可通过 GET /v1/alert-targets 查看可见的告警目标',
    },
  },
  LICENSING_ALERT_HOST_REFUSED: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to send alerts to {host}: the operator has not allowed it',
      'zh-CN': '拒绝向 {host} 发送告警：运营方未允许该主机',
    },
    hint: {
      en: 'nothing leaves this server but where IMPRINT_WEBHOOK_HOSTS says; ask the operator to add the host, with :PORT where it is not the usual one',
      'zh-CN':
        '本服务器仅向 IMPRINT_WEBHOOK_HOSTS 所列主机发送；请联系运营方添加该主机，非默认端口须注明 :端口',
    },
  },
  LICENSING_ALERT_ADDRESS_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected {expected}, got another address',
      'zh-CN': '地址应为 {expected}，实际不符',
    },
    hint: {
      en: 'a webhook is an https URL without credentials and fragment (http only to this very machine), mail goes to one ASCII address',
      'zh-CN': 'Webhook 须为不含凭据与片段的 https 地址（仅本机可用 http）；邮件须为单个 ASCII 地址',
    },
  },
  LICENSING_ALERT_MAIL_OFF: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a mail relay to be configured, there is none',
      'zh-CN': '应已配置邮件中继，实际没有',
    },
    hint: {
      en: 'the operator sets IMPRINT_SMTP_URL and IMPRINT_MAIL_FROM; until then use a webhook',
      'zh-CN': '请运营方设置 IMPRINT_SMTP_URL 与 IMPRINT_MAIL_FROM；在此之前请使用 Webhook',
    },
  },
} as const satisfies ErrorRegistry;

export const alertError = errorFactory(alertErrors);
