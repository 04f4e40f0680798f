import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const organisationErrors = {
  ORGANISATION_TOKEN_REQUIRED: {
    status: 401,
    exit: 3,
    message: { en: 'expected an API token, got none', 'zh-CN': '需要 API 令牌，但未提供' },
    hint: {
      en: 'send "Authorization: Bearer <token>"; the operator token of a new server is in <home>/run/operator-token',
      'zh-CN': '请发送“Authorization: Bearer <令牌>”；新服务器的运营方令牌位于 <home>/run/operator-token',
    },
  },
  ORGANISATION_TOKEN_INVALID: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected a valid API token, got one that is unknown, revoked or expired',
      'zh-CN': '需要有效的 API 令牌，但所提供的令牌未知、已撤销或已过期',
    },
    hint: {
      en: 'ask whoever administers your agency for a new token',
      'zh-CN': '请向本机构管理员申请新令牌',
    },
  },
  ORGANISATION_SCOPE_MISSING: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a token with scope {scope}, this one lacks it',
      'zh-CN': '需要具有 {scope} 权限的令牌，此令牌没有',
    },
    hint: {
      en: 'use a token that has {scope}, or ask for one',
      'zh-CN': '请使用具有 {scope} 权限的令牌，或申请一个',
    },
  },
  ORGANISATION_SESSION_REQUIRED: {
    status: 401,
    exit: 3,
    message: { en: "expected a person's session, got none", 'zh-CN': '需要个人会话，但未提供' },
    hint: {
      en: 'sign in with POST /v1/sign-in/password, a passkey or your identity provider',
      'zh-CN': '请通过 POST /v1/sign-in/password、通行密钥或身份提供方登录',
    },
  },
  ORGANISATION_SESSION_ENDED: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected an open session, got one that is unknown, has ended or was idle for too long',
      'zh-CN': '需要有效的会话，但所提供的会话未知、已结束或闲置过久',
    },
    hint: { en: 'sign in again', 'zh-CN': '请重新登录' },
  },
  ORGANISATION_PERSON_DISABLED: {
    status: 403,
    exit: 3,
    message: { en: 'expected an account that is enabled, this one is disabled', 'zh-CN': '账户已停用' },
    hint: { en: 'ask whoever administers your agency', 'zh-CN': '请联系本机构管理员' },
  },
  ORGANISATION_SECOND_FACTOR_REQUIRED: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a second factor for the roles of this account, got a password only',
      'zh-CN': '此账户的角色需要第二因素，仅提供了密码',
    },
    hint: {
      en: 'set up a one-time code with POST /v1/sign-in/enrol, or sign in with a passkey',
      'zh-CN': '请通过 POST /v1/sign-in/enrol 设置一次性验证码，或使用通行密钥登录',
    },
  },
  ORGANISATION_AGENCY_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected agency {agency} to exist, it is not known', 'zh-CN': '机构 {agency} 不存在' },
    hint: {
      en: 'list the agencies you may see with GET /v1/agencies',
      'zh-CN': '可通过 GET /v1/agencies 查看可见的机构',
    },
  },
  ORGANISATION_AGENCY_MISPLACED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a kind of agency that may stand below a {parent}, got {kind}',
      'zh-CN': '{parent} 之下不能设置 {kind}',
    },
    hint: {
      en: 'the order is nation, ministry or province, agency, site',
      'zh-CN': '层级顺序为国家、部委或省、机构、站点',
    },
  },
  ORGANISATION_SCOPE_EXCEEDED: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to issue a token with {scopes}: your own token lacks it',
      'zh-CN': '拒绝签发带有 {scopes} 的令牌：您的令牌没有该权限',
    },
    hint: { en: 'ask for fewer scopes', 'zh-CN': '请减少所申请的权限' },
  },
  ORGANISATION_TOKEN_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected token {token} to exist and count, it does not',
      'zh-CN': '令牌 {token} 不存在或已失效',
    },
    hint: {
      en: 'list the tokens you may see with GET /v1/tokens',
      'zh-CN': '可通过 GET /v1/tokens 查看可见的令牌',
    },
  },
} as const satisfies ErrorRegistry;

export const organisationError = errorFactory(organisationErrors);
