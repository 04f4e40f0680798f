import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const ddiErrors = {
  FLEET_DDI_TOKEN: {
    status: 401,
    exit: 3,
    message: {
      en: "expected this device's own security token as `Authorization: TargetToken …`, got none or another",
      'zh-CN': '请求应以 `Authorization: TargetToken …` 携带本设备的安全令牌，实际没有或不符',
    },
    hint: {
      en: 'compare tenant, device id and token with what was issued; issue a new token if it is lost',
      'zh-CN': '请核对租户、设备标识与令牌；遗失时请重新签发',
    },
  },
  FLEET_DDI_TARGET_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a device that has a DDI token, this one is not known',
      'zh-CN': '没有此 DDI 设备',
    },
    hint: {
      en: 'list them with GET /v1/ddi-targets; issue a token first',
      'zh-CN': '请用 GET /v1/ddi-targets 查看；请先签发令牌',
    },
  },
  FLEET_DDI_ACTION_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected an action that is open for this device, there is none of that number',
      'zh-CN': '本设备没有此编号的待办操作',
    },
    hint: { en: 'poll again and follow the links of the answer', 'zh-CN': '请重新轮询并按应答中的链接操作' },
  },
  FLEET_DDI_ACTION_OPEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a device with nothing to do, action {action} is still open',
      'zh-CN': '设备应无待办操作，但操作 {action} 尚未结束',
    },
    hint: { en: 'wait until it ends, or cancel it', 'zh-CN': '请等待其结束，或将其取消' },
  },
  FLEET_DDI_RELEASE_NOT_PUBLISHED: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing to assign release {sha256}: expected it to be current in the register, it is {state}',
      'zh-CN': '拒绝分配发行版 {sha256}：它应为登记册中的当前发行版，实际状态为 {state}',
    },
    hint: {
      en: 'only releases that every party approved and that are published reach a device',
      'zh-CN': '只有各方批准并已发布的发行版才能下发到设备',
    },
  },
  FLEET_DDI_ARTIFACT_UNKNOWN: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected an artifact of the release ({expected}), got {artifact}',
      'zh-CN': '应为该发行版的制品（{expected}），实际为 {artifact}',
    },
    hint: { en: 'name an artifact as the release names it', 'zh-CN': '请使用发行版中的制品名称' },
  },
  FLEET_DDI_ARTIFACT_DAMAGED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to assign {artifact}: its published file is missing or differs from the digest that was approved',
      'zh-CN': '拒绝分配 {artifact}：已发布文件缺失，或与批准的摘要不符',
    },
    hint: {
      en: 'restore the repository from its source; find out who changed it',
      'zh-CN': '请从来源恢复仓库，并查明何人更改',
    },
  },
} as const satisfies ErrorRegistry;

export const ddiError = errorFactory(ddiErrors);
