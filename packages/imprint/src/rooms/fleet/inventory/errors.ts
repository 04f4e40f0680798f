import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const inventoryErrors = {
  FLEET_INVENTORY_NOT_ASKED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the inventory that the last check-in named, got {sha256}',
      'zh-CN': '应为上次签到所述的软件包清单，实际为 {sha256}',
    },
    hint: {
      en: 'nothing was stored; the next check-in says which set is here, and is told whether it is wanted',
      'zh-CN': '未存储任何内容；下次签到会说明本机清单，并得知是否需要上传',
    },
  },
  FLEET_INVENTORY_MALFORMED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected sorted packages, packed with brotli, whose SHA-256 is {sha256}, got {got}',
      'zh-CN': '应为以 brotli 压缩、按序排列且 SHA-256 为 {sha256} 的软件包清单，实际为 {got}',
    },
    hint: {
      en: 'see docs/design/device-messages.md for how an inventory is written; upgrade the agent',
      'zh-CN': '清单格式见 docs/design/device-messages.md；请升级代理',
    },
  },
} as const satisfies ErrorRegistry;

export const inventoryError = errorFactory(inventoryErrors);
