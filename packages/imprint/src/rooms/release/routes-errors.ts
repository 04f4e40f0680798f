import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of the server's register of releases. */
export const releaseRouteErrors = {
  RELEASE_NOT_CURRENT: {
    status: 410,
    exit: 1,
    message: {
      en: 'expected a current release on {edition}/{channel}, the newest is {state}',
      'zh-CN': '{edition}/{channel} 上应有当前发布，但最新的一个处于 {state} 状态',
    },
    hint: {
      en: 'publish a new release; one that is withdrawn, refused or expired is never served as current',
      'zh-CN': '请发布新版本；已撤回、被拒绝或已过期的发布不会作为当前发布提供',
    },
  },
  RELEASE_DIGEST_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected a published release {sha256}, there is none', 'zh-CN': '没有已发布的 {sha256}' },
    hint: {
      en: 'list published releases with GET /v1/releases',
      'zh-CN': '可通过 GET /v1/releases 列出已发布的版本',
    },
  },
} as const satisfies ErrorRegistry;

export const releaseRouteError = errorFactory(releaseRouteErrors);
