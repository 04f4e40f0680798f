import type { ErrorRegistry } from '@imprint/protocol';

export const oidcErrors = {
  ORGANISATION_OIDC_NOT_CONFIGURED: {
    status: 404,
    exit: 3,
    message: {
      en: 'expected an OpenID Connect issuer to sign in with, this server has none',
      'zh-CN': '需要 OpenID Connect 签发方才能登录，本服务器未配置',
    },
    hint: {
      en: 'sign in with a passkey or a password, or set IMPRINT_OIDC_ISSUER and IMPRINT_OIDC_CLIENT_ID',
      'zh-CN': '请使用通行密钥或密码登录，或设置 IMPRINT_OIDC_ISSUER 与 IMPRINT_OIDC_CLIENT_ID',
    },
  },
  ORGANISATION_OIDC_ISSUER_INVALID: {
    status: 503,
    exit: 2,
    message: {
      en: 'expected an issuer reached by https, or by http on this machine, got {issuer}',
      'zh-CN': '签发方应通过 https 访问（本机可用 http），实际为 {issuer}',
    },
    hint: {
      en: 'set IMPRINT_OIDC_ISSUER to the issuer exactly as its metadata names it',
      'zh-CN': '请将 IMPRINT_OIDC_ISSUER 设为与签发方元数据完全一致的地址',
    },
  },
  ORGANISATION_OIDC_SECRET_UNREADABLE: {
    status: 503,
    exit: 2,
    message: {
      en: 'expected the client secret in the first line of {file}, there is none',
      'zh-CN': '{file} 的首行应为客户端密钥，但没有',
    },
    hint: {
      en: 'write the secret there, readable by the server only, or give it in IMPRINT_OIDC_CLIENT_SECRET',
      'zh-CN': '请将密钥写入该文件且仅服务器可读，或通过 IMPRINT_OIDC_CLIENT_SECRET 提供',
    },
  },
  ORGANISATION_OIDC_ROLES_INVALID: {
    status: 503,
    exit: 2,
    message: {
      en: 'expected a table of claims and roles in {file}: {problem}',
      'zh-CN': '{file} 应为声明与角色的对应表：{problem}',
    },
    hint: {
      en: 'see docs/adr/0023-passkeys-and-oidc.md for the form of the file',
      'zh-CN': '文件格式见 docs/adr/0023-passkeys-and-oidc.md',
    },
  },
  ORGANISATION_OIDC_ROLE_EXCLUSIVE: {
    status: 503,
    exit: 2,
    message: {
      en: 'refusing to let a claim grant {role}: it is one of the three administrator roles',
      'zh-CN': '拒绝由声明授予 {role}：它属于三类管理员角色',
    },
    hint: {
      en: 'remove it from {file}; these roles are granted by a person, one by one',
      'zh-CN': '请从 {file} 中移除；这些角色须由人员逐一授予',
    },
  },
  ORGANISATION_OIDC_UNAVAILABLE: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the issuer {issuer} to answer, it did not',
      'zh-CN': '签发方 {issuer} 应有响应，但没有',
    },
    hint: {
      en: 'try again in a few minutes, or sign in with a passkey',
      'zh-CN': '请数分钟后重试，或使用通行密钥登录',
    },
  },
  ORGANISATION_OIDC_STATE_UNKNOWN: {
    status: 400,
    exit: 1,
    message: {
      en: 'expected the answer to a sign-in that this browser began within ten minutes, got another',
      'zh-CN': '应为本浏览器十分钟内发起的登录的应答，实际不是',
    },
    hint: { en: 'begin again at /v1/sign-in/oidc', 'zh-CN': '请从 /v1/sign-in/oidc 重新开始' },
  },
  ORGANISATION_OIDC_REFUSED: {
    status: 401,
    exit: 1,
    message: {
      en: "expected the issuer's word on who signs in, it does not hold: {reason}",
      'zh-CN': '应得到签发方对登录者的有效证明，但其无效：{reason}',
    },
    hint: {
      en: 'begin again; when it stays, let an administrator compare client id, secret and clocks with the issuer',
      'zh-CN': '请重新开始；若仍如此，请管理员与签发方核对客户端标识、密钥与时钟',
    },
  },
  ORGANISATION_OIDC_NOT_ADMITTED: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected somebody who is admitted here, the issuer knows you but nothing here does',
      'zh-CN': '应为本系统准入的人员；签发方认识您，但本系统未准入',
    },
    hint: {
      en: 'ask the administrator of your agency for an invitation',
      'zh-CN': '请向本机构管理员申请邀请',
    },
  },
} as const satisfies ErrorRegistry;
