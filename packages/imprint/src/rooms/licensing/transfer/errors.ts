import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const transferErrors = {
  LICENSING_TRANSFER_ACTIVATION_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected activation {activation} to exist, it is not known',
      'zh-CN': '激活 {activation} 不存在',
    },
    hint: {
      en: 'list the activations you may see with GET /v1/activations',
      'zh-CN': '可通过 GET /v1/activations 查看可见的激活',
    },
  },
  LICENSING_TRANSFER_NO_SEAT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an activation that holds a seat, {activation} is {state}',
      'zh-CN': '激活应占有席位，{activation} 的状态为 {state}',
    },
    hint: {
      en: 'there is nothing to move; the new device takes a seat of its own when it asks for one',
      'zh-CN': '没有可转移的席位；新设备申请时将另取席位',
    },
  },
  LICENSING_TRANSFER_DEVICE_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected an enrolled device of your agency or below, {device} is none',
      'zh-CN': '应为本机构或下级机构已登记的设备，{device} 不是',
    },
    hint: {
      en: 'enrol the new device first; list devices with GET /v1/devices',
      'zh-CN': '请先登记新设备；可通过 GET /v1/devices 查看设备',
    },
  },
  LICENSING_TRANSFER_DEVICE_SEATED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a device without a seat, {device} holds one',
      'zh-CN': '目标设备应未占用席位，{device} 已占用',
    },
    hint: {
      en: 'it needs no second seat; revoke its own first if that is the one to give up',
      'zh-CN': '该设备无需第二个席位；如需放弃原席位，请先撤销',
    },
  },
  LICENSING_TRANSFER_DEVICE_REVOKED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to move a seat to {device}: its licence was revoked ({reason})',
      'zh-CN': '拒绝将席位转移给 {device}：其许可已撤销（{reason}）',
    },
    hint: {
      en: 'if the revocation was a mistake, the licensing officer who is responsible for the device decides',
      'zh-CN': '如撤销有误，请由负责该设备的许可管理员处理',
    },
  },
  LICENSING_TRANSFER_OUTSIDE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a device at or below an agency that the entitlement serves, {device} is elsewhere',
      'zh-CN': '设备应属于该授权所覆盖的机构，{device} 不在其中',
    },
    hint: {
      en: 'move seats between agencies with POST /v1/seat-transfers, or license the other agency',
      'zh-CN': '可通过 POST /v1/seat-transfers 在机构间转移席位，或另行授权该机构',
    },
  },
  LICENSING_TRANSFER_NOT_FREE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {seats} free seats at agency {agency}, it has {free}: {taken} of {ceiling} are taken',
      'zh-CN': '机构 {agency} 应有 {seats} 个空闲席位，实际为 {free} 个：{ceiling} 个中已占用 {taken} 个',
    },
    hint: {
      en: 'transfer fewer seats, or free some first; nothing was changed',
      'zh-CN': '请减少转移数量，或先释放席位；未作任何更改',
    },
  },
  LICENSING_TRANSFER_NO_ROOM: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected agency {agency} to be able to move {seats} seats, it is not now',
      'zh-CN': '机构 {agency} 应能转移 {seats} 个席位，目前不能',
    },
    hint: {
      en: 'its administrator sees why with GET /v1/allocations; the transfer still waits, consent again afterwards',
      'zh-CN': '该机构管理员可通过 GET /v1/allocations 查看原因；转移仍在等待，之后请再次同意',
    },
  },
  LICENSING_TRANSFER_NO_ALLOCATION: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected agencies {from} and {to} to have allocations of entitlement {entitlement}, one has none',
      'zh-CN': '机构 {from} 与 {to} 均应有授权 {entitlement} 的分配，其中一方没有',
    },
    hint: {
      en: 'whoever allocates to that agency makes one with PUT /v1/allocations; a ceiling of 0 is enough',
      'zh-CN': '请由为该机构分配席位的单位通过 PUT /v1/allocations 建立；上限为 0 即可',
    },
  },
  LICENSING_TRANSFER_ROOT: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to transfer to or from the whole entitlement: agency {agency} is its licensee',
      'zh-CN': '拒绝与整个授权互转席位：机构 {agency} 为被许可方',
    },
    hint: {
      en: 'the licensee divides its seats with PUT /v1/allocations; the operator changes how many there are',
      'zh-CN': '被许可方通过 PUT /v1/allocations 分配席位；总数由运营方变更',
    },
  },
  LICENSING_TRANSFER_NESTED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected two agencies beside each other, one of {from} and {to} stands below the other',
      'zh-CN': '应为互不隶属的两个机构，{from} 与 {to} 存在上下级关系',
    },
    hint: {
      en: 'the agency above divides its seats among those below with PUT /v1/allocations',
      'zh-CN': '上级机构可通过 PUT /v1/allocations 在下级之间分配席位',
    },
  },
  LICENSING_TRANSFER_RECLAIMING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected allocations without a reclaim, seats of agency {agency} are being reclaimed',
      'zh-CN': '分配不应处于收回中，机构 {agency} 的席位正在被收回',
    },
    hint: {
      en: 'wait until the reclaim is done, or end it with PUT /v1/allocations',
      'zh-CN': '请等待收回完成，或通过 PUT /v1/allocations 结束收回',
    },
  },
  LICENSING_TRANSFER_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected transfer {transfer} to exist, it is not known',
      'zh-CN': '转移 {transfer} 不存在',
    },
    hint: {
      en: 'list the transfers you may see with GET /v1/seat-transfers',
      'zh-CN': '可通过 GET /v1/seat-transfers 查看可见的转移',
    },
  },
  LICENSING_TRANSFER_NO_SIDE: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to let you speak for this transfer: you stand for neither agency, nor for the operator above both',
      'zh-CN': '拒绝由您代表此次转移：您既不代表任一机构，也不代表其上的运营方',
    },
    hint: {
      en: 'an administrator of each agency consents, and the operator with licensing:write',
      'zh-CN': '须由双方机构管理员及持有 licensing:write 的运营方分别同意',
    },
  },
  LICENSING_TRANSFER_SAME_PERSON: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing a second consent of the same person: three different ones are needed',
      'zh-CN': '拒绝同一人再次同意：需要三位不同的人员',
    },
    hint: {
      en: 'ask somebody else who stands for the side that is missing; GET /v1/seat-transfers shows which',
      'zh-CN': '请由缺席一方的其他人员同意；可通过 GET /v1/seat-transfers 查看',
    },
  },
  LICENSING_TRANSFER_OVER: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a transfer that still waits, {transfer} is {state}',
      'zh-CN': '转移应仍在等待，{transfer} 的状态为 {state}',
    },
    hint: { en: 'propose another transfer', 'zh-CN': '请另行提出转移' },
  },
} as const satisfies ErrorRegistry;

export const transferError = errorFactory(transferErrors);
