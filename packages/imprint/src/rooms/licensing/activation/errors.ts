import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** What a request for a lease, and looking after leases, may be refused with. */
export const activationErrors = {
  LICENSING_MESSAGE_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a lease request as its schema says, it differs at {pointer}',
      'zh-CN': '许可请求应符合其模式，在 {pointer} 处不符',
    },
    hint: {
      en: 'see docs/design/licence-formats.md for what a request holds',
      'zh-CN': '请求内容见 docs/design/licence-formats.md',
    },
  },
  LICENSING_PROTOCOL_UNSUPPORTED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected protocol version {expected} or older, got {got}',
      'zh-CN': '协议版本应不高于 {expected}，实际为 {got}',
    },
    hint: { en: 'upgrade the server before its devices', 'zh-CN': '请先升级服务器，再升级设备' },
  },
  LICENSING_REQUEST_REPLAYED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a request made after {requestedAt} and not after {serverTime}, this one says {issuedAt}',
      'zh-CN': '请求应在 {requestedAt} 之后且不晚于 {serverTime} 发出，此请求时间为 {issuedAt}',
    },
    hint: {
      en: 'nothing was changed; a recorded message looks like this, and so does a wrong clock: ask again with the time {serverTime}',
      'zh-CN': '未作任何更改；重放的消息会如此，时钟错误也会如此：请以时间 {serverTime} 重新请求',
    },
  },
  LICENSING_REQUEST_EXPIRED: {
    status: 410,
    exit: 1,
    message: {
      en: 'expected an offline request of the last {days} days, this one was made at {issuedAt}',
      'zh-CN': '离线请求应在最近 {days} 天内生成，此请求生成于 {issuedAt}',
    },
    hint: { en: 'make a new request on the device', 'zh-CN': '请在设备上重新生成请求' },
  },
  LICENSING_DEVICE_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected an enrolled device, this one is not known', 'zh-CN': '设备未登记' },
    hint: {
      en: 'enrol the device first, or carry its request to a licensing officer',
      'zh-CN': '请先登记该设备，或将其请求交给许可管理员',
    },
  },
  LICENSING_KEY_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected a licence key on this server, it has none',
      'zh-CN': '本服务器需要许可密钥，但没有',
    },
    hint: {
      en: 'the operator makes one with `imprint key new licensing --online`; devices keep working meanwhile',
      'zh-CN': '运营方可用 `imprint key new licensing --online` 生成；其间设备照常工作',
    },
  },
  LICENSING_KEY_UNPINNED: {
    status: 503,
    exit: 4,
    message: {
      en: 'refusing to sign licences that no device accepts: the root of this server pins other licence keys than {got}',
      'zh-CN': '拒绝签署设备不会接受的许可：本服务器的根文件固定的许可密钥并非 {got}',
    },
    hint: {
      en: 'put the licence key that the root pins into keys, or sign and publish a root that pins this one; devices keep working meanwhile',
      'zh-CN': '请将根文件固定的许可密钥放入 keys 目录，或签署并发布固定此密钥的根文件；其间设备照常工作',
    },
  },
  LICENSING_NOT_ENTITLED: {
    status: 403,
    exit: 1,
    message: {
      en: 'expected an entitlement in term for {edition} on a {deviceClass}, the agency has none',
      'zh-CN': '该机构没有在有效期内、适用于 {edition}（{deviceClass}）的授权',
    },
    hint: {
      en: 'ask the licensing officer of the agency; security patches and antivirus definitions are not affected',
      'zh-CN': '请联系本机构的许可管理员；安全补丁与病毒库不受影响',
    },
  },
  LICENSING_SEATS_EXHAUSTED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a free seat, {taken} of {seats} are taken at agency {agency}',
      'zh-CN': '没有空闲席位：机构 {agency} 的 {seats} 个席位已占用 {taken} 个',
    },
    hint: {
      en: 'ask the licensing officer for seats; security patches and antivirus definitions are not affected',
      'zh-CN': '请向许可管理员申请席位；安全补丁与病毒库不受影响',
    },
  },
  LICENSING_OVERAGE_ENDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a seat within those agreed, this one was tolerated beyond them until {until}',
      'zh-CN': '席位应在约定数量之内，此超额席位仅容许至 {until}',
    },
    hint: {
      en: 'ask the licensing officer for seats; the lease counts until it ends, with its grace',
      'zh-CN': '请向许可管理员申请席位；现有许可在到期及宽限期内仍然有效',
    },
  },
  LICENSING_SEAT_RECLAIMED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected at most {ceiling} seats at agency {agency} since {since}, this one is among the last taken',
      'zh-CN': '自 {since} 起机构 {agency} 最多使用 {ceiling} 个席位，此席位属于最后占用的超出部分',
    },
    hint: {
      en: 'ask the licensing officer for seats; the lease counts until it ends, with its grace',
      'zh-CN': '请向许可管理员申请席位；现有许可在到期及宽限期内仍然有效',
    },
  },
  LICENSING_HARDWARE_CHANGED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the hardware this seat was given to, most of it is different',
      'zh-CN': '硬件与获得席位时相比大部分已改变',
    },
    hint: {
      en: 'if its hardware was changed, a person at the device confirms with `imprint-agent activate --rebind`',
      'zh-CN': '若确实更换了硬件，请由现场人员执行 `imprint-agent activate --rebind` 确认',
    },
  },
  LICENSING_REBIND_LIMIT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected at most {allowed} changes of hardware in 365 days, this is one more',
      'zh-CN': '365 天内最多允许更换硬件 {allowed} 次，此次已超出',
    },
    hint: {
      en: 'ask the operator’s licensing officer, who can allow it with resolve-duplicate',
      'zh-CN': '请联系运营方的许可管理员，由其核实后放行',
    },
  },
  LICENSING_DUPLICATE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected lease number {expected}, got {got} from other hardware: this is a copy of another device',
      'zh-CN': '许可序号应为 {expected}，其他硬件给出了 {got}：这是另一设备的副本',
    },
    hint: {
      en: 'the original keeps its seat; enrol this one as a new device with a key of its own',
      'zh-CN': '原设备保留席位；请以独立密钥将本机登记为新设备',
    },
  },
  LICENSING_DUPLICATE_SUSPECT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected at most {allowed} new device keys from one machine in 30 days, this is one more',
      'zh-CN': '同一机器 30 天内最多使用 {allowed} 个新设备密钥，此次已超出',
    },
    hint: {
      en: 'two machines that look alike do this; the licensing officer looks and then allows it',
      'zh-CN': '两台相同外观的机器会造成此情况；请由许可管理员核实后放行',
    },
  },
  LICENSING_REVOKED: {
    status: 403,
    exit: 1,
    message: {
      en: 'expected a licence that still counts, it was revoked at {revokedAt}: {reason}',
      'zh-CN': '许可已于 {revokedAt} 被撤销：{reason}',
    },
    hint: {
      en: 'open a ticket to appeal; security patches and antivirus definitions are not affected',
      'zh-CN': '如有异议请提交工单；安全补丁与病毒库不受影响',
    },
  },
  LICENSING_ACTIVE_ELSEWHERE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a device of your agency, this one has a seat of another',
      'zh-CN': '设备应属于您的机构，但它占用的是其他机构的席位',
    },
    hint: {
      en: 'the officer of that agency answers its requests, or the seat is transferred',
      'zh-CN': '请由该机构的许可管理员处理，或办理席位转移',
    },
  },
  LICENSING_ENROLLED_ELSEWHERE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a device of your agency, this one is enrolled in another',
      'zh-CN': '设备应属于您的机构，但它已登记在其他机构',
    },
    hint: {
      en: 'the officer of that agency answers its requests, or it is enrolled anew with a token of yours',
      'zh-CN': '请由该机构的许可管理员处理，或使用本机构的令牌重新登记',
    },
  },
  LICENSING_TOO_MANY_REQUESTS: {
    status: 429,
    exit: 4,
    message: {
      en: 'expected at most {allowed} lease requests of a device in an hour, got more',
      'zh-CN': '每台设备每小时最多 {allowed} 次许可请求，已超出',
    },
    hint: {
      en: 'wait {retryAfterSeconds} s; a lease already held goes on counting',
      'zh-CN': '请等待 {retryAfterSeconds} 秒；已有许可继续有效',
    },
  },
  LICENSING_TOO_MANY_ACTIVATIONS: {
    status: 429,
    exit: 4,
    message: {
      en: 'expected at most {allowed} new seats of one entitlement in an hour, this is one more',
      'zh-CN': '一项授权每小时最多发放 {allowed} 个新席位，此次已超出',
    },
    hint: {
      en: 'wait {retryAfterSeconds} s and ask again; nothing was changed, and no seat is lost by waiting',
      'zh-CN': '请等待 {retryAfterSeconds} 秒后重试；未作任何更改，等待不会失去席位',
    },
  },
  LICENSING_OVERLOADED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected room for another lease request, the queue is full',
      'zh-CN': '许可请求队列已满，暂时无法接收',
    },
    hint: {
      en: 'wait as long as Retry-After says; a lease already held goes on counting',
      'zh-CN': '请按 Retry-After 等待后重试；已有许可继续有效',
    },
  },
  LICENSING_REQUEST_REJECTED: {
    status: 422,
    exit: 1,
    message: { en: 'expected a request the database can hold', 'zh-CN': '请求应可存入数据库' },
    hint: { en: 'ask again; if it stays so, upgrade the agent', 'zh-CN': '请重试；若仍如此，请升级代理' },
  },
  LICENSING_ACTIVATION_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected an activation of your agency, got {id}', 'zh-CN': '您的机构没有激活记录 {id}' },
    hint: { en: 'GET /v1/activations lists them', 'zh-CN': '可通过 GET /v1/activations 查看' },
  },
} as const satisfies ErrorRegistry;

export type ActivationCode = keyof typeof activationErrors;

export const activationError = errorFactory(activationErrors);
