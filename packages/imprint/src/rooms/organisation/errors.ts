import { type ErrorRegistry, errorFactory } from '@imprint/protocol';
import { oidcErrors } from './oidc/errors.ts';
import { passkeyErrors } from './passkeys/errors.ts';

export const organisationErrors = {
  ORGANISATION_TOKEN_REQUIRED: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected an API token or a session, got none',
      'zh-CN': '需要 API 令牌或会话，但未提供',
    },
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
      en: 'expected the right {scope}, this token or session lacks it',
      'zh-CN': '需要 {scope} 权限，此令牌或会话没有',
    },
    hint: {
      en: 'use a token that has {scope}, act where your roles give it, or ask for it',
      'zh-CN': '请使用具有 {scope} 权限的令牌，在您的角色具有该权限的机构操作，或申请该权限',
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
  ORGANISATION_CODES_EXIST: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an account without one-time codes, it has them',
      'zh-CN': '此账户已设置一次性验证码',
    },
    hint: {
      en: 'renew the recovery codes with POST /v1/session/recovery-codes; for another authenticator ask whoever administers your agency to reset your factors',
      'zh-CN':
        '可通过 POST /v1/session/recovery-codes 更新恢复码；如需更换验证器，请联系本机构管理员重置验证方式',
    },
  },
  ORGANISATION_CODES_MISSING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an account with one-time codes, it has none',
      'zh-CN': '此账户尚未设置一次性验证码',
    },
    hint: {
      en: 'set them up with POST /v1/session/codes; recovery codes come with them',
      'zh-CN': '请通过 POST /v1/session/codes 设置；恢复码随之生成',
    },
  },
  ORGANISATION_SECOND_FACTOR_REQUIRED: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a second factor for the roles of this account, got a password only',
      'zh-CN': '此账户的角色需要第二因素，仅提供了密码',
    },
    hint: {
      en: 'sign in with a passkey, or ask whoever administers your agency for a new invitation',
      'zh-CN': '请使用通行密钥登录，或请本机构管理员重新发出邀请',
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
  ORGANISATION_SIGN_IN_REFUSED: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected a login and its password, these do not belong together',
      'zh-CN': '登录名与密码不匹配',
    },
    hint: {
      en: 'check both, or ask whoever administers your agency for a new invitation',
      'zh-CN': '请核对后重试，或请本机构管理员重新发出邀请',
    },
  },
  ORGANISATION_CODE_WRONG: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected a one-time or recovery code that is right and unused, got another',
      'zh-CN': '需要正确且未使用的一次性验证码或恢复码',
    },
    hint: {
      en: 'wait for the next code of your authenticator and check the clock of its device',
      'zh-CN': '请等待验证器的下一个验证码，并检查该设备的时钟',
    },
  },
  ORGANISATION_TICKET_INVALID: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected the ticket of a sign-in begun within the last minutes, got one that is unknown, used or too old',
      'zh-CN': '需要几分钟内开始的登录所给的凭条，所提供的凭条未知、已使用或已过期',
    },
    hint: { en: 'begin to sign in again', 'zh-CN': '请重新开始登录' },
  },
  ORGANISATION_INVITATION_INVALID: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected an invitation that is known, unused and not expired, got another',
      'zh-CN': '邀请未知、已使用或已过期',
    },
    hint: {
      en: 'ask whoever administers your agency for a new invitation',
      'zh-CN': '请本机构管理员重新发出邀请',
    },
  },
  ORGANISATION_PASSWORD_LENGTH: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a password of {least} to {most} characters, got {got}',
      'zh-CN': '密码应为 {least} 至 {most} 个字符，实际为 {got} 个',
    },
    hint: { en: 'several unrelated words make a good password', 'zh-CN': '几个互不相关的词即是好密码' },
  },
  ORGANISATION_PASSWORD_COMMON: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a password nobody would guess, got one of the commonest',
      'zh-CN': '密码过于常见，容易被猜到',
    },
    hint: { en: 'several unrelated words make a good password', 'zh-CN': '几个互不相关的词即是好密码' },
  },
  ORGANISATION_PASSWORD_NAMES_YOU: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a password without your name or login in it, got one with it',
      'zh-CN': '密码中不得含有您的姓名或登录名',
    },
    hint: { en: 'several unrelated words make a good password', 'zh-CN': '几个互不相关的词即是好密码' },
  },
  ORGANISATION_TOO_MANY_ATTEMPTS: {
    status: 429,
    exit: 4,
    message: { en: 'expected fewer attempts in this time, got too many', 'zh-CN': '尝试次数过多' },
    hint: { en: 'try again in {retryAfterSeconds} s', 'zh-CN': '请在 {retryAfterSeconds} 秒后重试' },
  },
  ORGANISATION_ORIGIN_REFUSED: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing a change that another site may have asked for: the request does not say that it comes from this one',
      'zh-CN': '拒绝可能由其他网站发起的更改：请求未表明来自本站',
    },
    hint: {
      en: 'send JSON with an Origin or Sec-Fetch-Site header of this server; programs use a token',
      'zh-CN': '请从本站发送 JSON，并带有 Origin 或 Sec-Fetch-Site 标头；程序请使用令牌',
    },
  },
  ORGANISATION_STEP_UP_REQUIRED: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a second factor within the last {minutes} minutes, got none',
      'zh-CN': '需要在最近 {minutes} 分钟内验证第二因素',
    },
    hint: {
      en: 'prove it with POST /v1/session/step-up or a passkey, then ask again',
      'zh-CN': '请通过 POST /v1/session/step-up 或通行密钥验证后重试',
    },
  },
  ORGANISATION_PERSON_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected person {person} to exist, it is not known', 'zh-CN': '人员 {person} 不存在' },
    hint: {
      en: 'list the people you may see with GET /v1/people',
      'zh-CN': '可通过 GET /v1/people 查看可见的人员',
    },
  },
  ORGANISATION_LOGIN_TAKEN: {
    status: 409,
    exit: 1,
    message: { en: 'expected a login nobody uses yet, got {login}', 'zh-CN': '登录名 {login} 已被使用' },
    hint: { en: 'choose another login', 'zh-CN': '请选择其他登录名' },
  },
  ORGANISATION_EXTERNAL_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an identity that no account has yet, got one that belongs to another',
      'zh-CN': '该外部身份已属于其他账户',
    },
    hint: {
      en: 'disable the other account, or use another identity',
      'zh-CN': '请停用另一账户，或使用其他身份',
    },
  },
  ORGANISATION_SELF_REFUSED: {
    status: 403,
    exit: 3,
    message: { en: 'refusing to let somebody decide about themselves', 'zh-CN': '拒绝由本人对自己作出决定' },
    hint: { en: 'ask another administrator', 'zh-CN': '请由其他管理员操作' },
  },
  ORGANISATION_ROLE_REFUSED: {
    status: 403,
    exit: 3,
    message: { en: 'expected a role you may decide about, got {role}', 'zh-CN': '您无权处理角色 {role}' },
    hint: {
      en: 'ask a security administrator of that agency or one above',
      'zh-CN': '请联系该机构或其上级的安全管理员',
    },
  },
  ORGANISATION_ROLES_SEPARATED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to make one person {wanted} beside {held}: system, security and audit administrators are different people',
      'zh-CN': '拒绝同一人兼任 {wanted} 与 {held}：系统、安全、审计管理员必须为不同人员',
    },
    hint: {
      en: 'grant it to somebody else, or revoke {held} first',
      'zh-CN': '请授予其他人员，或先撤销 {held}',
    },
  },
  ORGANISATION_GRANT_EXISTS: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a role the person does not hold at that agency yet, got {role}',
      'zh-CN': '该人员在此机构已具有角色 {role}',
    },
    hint: { en: 'nothing is left to do', 'zh-CN': '无需再操作' },
  },
  ORGANISATION_GRANT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected grant {grant} of that person to count, it does not',
      'zh-CN': '该人员的授权 {grant} 不存在或已撤销',
    },
    hint: {
      en: 'list the people you may see with GET /v1/people',
      'zh-CN': '可通过 GET /v1/people 查看可见的人员',
    },
  },
  ORGANISATION_AGENCY_LOOP: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a tree, got agencies that stand below themselves: {codes}',
      'zh-CN': '机构应构成树，但以下机构位于自身之下：{codes}',
    },
    hint: { en: 'give one of them a parent outside the circle', 'zh-CN': '请为其中一个机构指定环外的上级' },
  },
  ORGANISATION_AGENCY_CODE_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an agency code that is not in use, got {code}',
      'zh-CN': '机构代码 {code} 已被使用',
    },
    hint: { en: 'check the code, or use the agency that has it', 'zh-CN': '请核对代码，或使用已有的机构' },
  },
  ORGANISATION_SEALING_KEY_BROKEN: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected a key of 32 bytes in {file}, got something else',
      'zh-CN': '{file} 中应有 32 字节的密钥',
    },
    hint: {
      en: 'put the file back from a backup; without it every second factor has to be set up again',
      'zh-CN': '请从备份恢复该文件；否则须重新设置所有第二因素',
    },
  },
  ORGANISATION_SEALED_UNREADABLE: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected a secret sealed under the key of this server, got one of another',
      'zh-CN': '密文并非由本服务器的密钥封存',
    },
    hint: {
      en: 'servers that share a database share keys/sealing.key; otherwise let the person’s factors be reset',
      'zh-CN': '共享数据库的服务器须共享 keys/sealing.key；否则请重置该人员的验证因素',
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
  ...passkeyErrors,
  ...oidcErrors,
} as const satisfies ErrorRegistry;

export const organisationError = errorFactory(organisationErrors);
