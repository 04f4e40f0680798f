import { type ErrorRegistry, errorFactory } from '@imprint/protocol';
import { antivirusErrors } from './antivirus/errors.ts';
import { ddiErrors } from './ddi/errors.ts';
import { deploymentErrors } from './deployment/errors.ts';
import { inventoryErrors } from './inventory/errors.ts';
import { rolloutErrors } from './rollout/errors.ts';

export const fleetErrors = {
  ...rolloutErrors,
  ...ddiErrors,
  ...deploymentErrors,
  ...inventoryErrors,
  ...antivirusErrors,
  FLEET_MESSAGE_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a payload as its schema says, it differs at {pointer}',
      'zh-CN': '消息内容应符合其模式，在 {pointer} 处不符',
    },
    hint: {
      en: 'see docs/design/device-messages.md for what this message holds',
      'zh-CN': '消息内容见 docs/design/device-messages.md',
    },
  },
  FLEET_PROTOCOL_UNSUPPORTED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected protocol version {expected} or older, got {got}',
      'zh-CN': '协议版本应不高于 {expected}，实际为 {got}',
    },
    hint: { en: 'upgrade the server before its devices', 'zh-CN': '请先升级服务器，再升级设备' },
  },
  FLEET_CLOCK_SKEW: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected a message made within 10 minutes of {serverTime}, its clock is off by {skewSeconds} s',
      'zh-CN': '消息时间应在 {serverTime} 前后 10 分钟之内，其时钟相差 {skewSeconds} 秒',
    },
    hint: { en: "set the device's clock, then try again", 'zh-CN': '请校准设备时钟后重试' },
  },
  FLEET_ENROLMENT_TOKEN_UNKNOWN: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected an enrolment token issued by this server, got another',
      'zh-CN': '需要本服务器签发的登记令牌，实际不是',
    },
    hint: {
      en: 'ask your administrator for an enrolment token',
      'zh-CN': '请向管理员申请登记令牌',
    },
  },
  FLEET_ENROLMENT_TOKEN_EXPIRED: {
    status: 410,
    exit: 1,
    message: {
      en: 'expected an enrolment token that still counts, it expired at {expiredAt}',
      'zh-CN': '登记令牌应仍然有效，但已于 {expiredAt} 过期',
    },
    hint: { en: 'ask for a new enrolment token', 'zh-CN': '请申请新的登记令牌' },
  },
  FLEET_ENROLMENT_TOKEN_USED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an unused enrolment token, another device has used it',
      'zh-CN': '登记令牌应未被使用，但已被另一设备使用',
    },
    hint: {
      en: "ask for a token of this device's own; if nobody used yours, report it as stolen",
      'zh-CN': '请为本设备申请专用令牌；若无人使用过您的令牌，请按失窃上报',
    },
  },
  FLEET_DEVICE_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected an enrolled device, this one is not known', 'zh-CN': '设备未登记' },
    hint: { en: 'enrol the device first', 'zh-CN': '请先登记该设备' },
  },
  FLEET_CHECK_IN_REPLAYED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a new message, this one was already received',
      'zh-CN': '应为新消息，此消息已收到过',
    },
    hint: {
      en: 'nothing was stored again; the next check-in carries the next counter',
      'zh-CN': '未重复存储；下次签到请使用下一个计数',
    },
  },
  FLEET_DEVICE_CONFLICT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a counter above {counter}, got {got}: another holder of this key has checked in',
      'zh-CN': '计数应大于 {counter}，实际为 {got}：该密钥的另一持有者已签到',
    },
    hint: {
      en: 'a copied disk or a restored snapshot looks like this; the device is marked for a person to look at and may go on with counter {counter} + 1',
      'zh-CN': '复制磁盘或恢复快照会造成此情况；设备已标记待人工核查，可从计数 {counter} + 1 继续',
    },
  },
  FLEET_REPORT_REJECTED: {
    status: 422,
    exit: 1,
    message: { en: 'expected a report the database can hold', 'zh-CN': '报告应可存入数据库' },
    hint: {
      en: 'NUL characters and numbers beyond 2^53 cannot be stored; upgrade the agent',
      'zh-CN': '无法存储 NUL 字符及超过 2^53 的数；请升级代理',
    },
  },
  FLEET_OVERLOADED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected room for another check-in, the queue is full',
      'zh-CN': '签到队列已满，暂时无法接收',
    },
    hint: { en: 'wait as long as Retry-After says', 'zh-CN': '请按 Retry-After 等待后重试' },
  },
} as const satisfies ErrorRegistry;

export const fleetError = errorFactory(fleetErrors);
