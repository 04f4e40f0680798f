import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const editionErrors = {
  EDITION_BUILD_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected build {build} to be registered, it is not', 'zh-CN': '构建 {build} 未登记' },
    hint: {
      en: 'list the builds of an edition with GET /v1/editions/{edition}/builds',
      'zh-CN': '可通过 GET /v1/editions/{edition}/builds 列出某发行版的构建',
    },
  },
  EDITION_BUILD_DIVERGED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to register: another build of lock {lock} has other bytes in {files}',
      'zh-CN': '拒绝登记：锁 {lock} 的另一次构建在 {files} 上字节不同',
    },
    hint: {
      en: 'one of the two machines is not to be trusted, or a step is not reproducible; build a third time elsewhere',
      'zh-CN': '两台构建机之一不可信，或某步骤不可复现；请在另一处进行第三次构建',
    },
  },
} as const satisfies ErrorRegistry;

export const editionError = errorFactory(editionErrors);
