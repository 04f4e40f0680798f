import type { Localized } from '@imprint/protocol';
import { platformError } from './errors.ts';

type SettingType = 'text' | 'count' | 'seconds' | 'port' | 'level';

/** One setting, declared once: environment, flag, help and documentation come from this record. */
export interface SettingRecord {
  readonly env: string;
  readonly flag: string;
  readonly type: SettingType;
  readonly default: string | number | undefined;
  /** True when its value never appears in logs or messages. */
  readonly secret?: boolean;
  readonly help: Localized;
}

export const settingRecords = {
  home: {
    env: 'IMPRINT_HOME',
    flag: 'home',
    type: 'text',
    default: '.imprint',
    help: { en: 'state directory', 'zh-CN': '状态目录' },
  },
  host: {
    env: 'IMPRINT_HOST',
    flag: 'host',
    type: 'text',
    default: '127.0.0.1',
    help: { en: 'address the server listens on', 'zh-CN': '服务器监听地址' },
  },
  port: {
    env: 'IMPRINT_PORT',
    flag: 'port',
    type: 'port',
    default: 8470,
    help: {
      en: 'TCP port the server listens on; 0 takes a free one',
      'zh-CN': '服务器监听的 TCP 端口；0 表示任选空闲端口',
    },
  },
  databaseUrl: {
    env: 'DATABASE_URL',
    flag: 'database-url',
    type: 'text',
    default: undefined,
    secret: true,
    help: {
      en: 'PostgreSQL 15 or newer, as the role that owns the tables; without it a private cluster is run',
      'zh-CN': 'PostgreSQL 15 或更新版本，使用拥有数据表的角色；未设置时运行私有集群',
    },
  },
  databaseAppUrl: {
    env: 'DATABASE_APP_URL',
    flag: 'database-app-url',
    type: 'text',
    default: undefined,
    secret: true,
    help: {
      en: 'the same database as a login that is a member of imprint_app; without it DATABASE_URL switches to that role',
      'zh-CN': '同一数据库，使用 imprint_app 成员的登录角色；未设置时由 DATABASE_URL 切换到该角色',
    },
  },
  databaseDirectory: {
    env: 'IMPRINT_DATABASE_DIR',
    flag: 'database-dir',
    type: 'text',
    default: undefined,
    help: {
      en: 'where the private cluster is kept; by default <home>/database, or below /var/lib/imprint when its account cannot reach the home',
      'zh-CN': '私有集群的位置；默认 <home>/database，若其账户无法访问该目录则位于 /var/lib/imprint 之下',
    },
  },
  databaseConnections: {
    env: 'IMPRINT_DATABASE_CONNECTIONS',
    flag: 'database-connections',
    type: 'count',
    default: 10,
    help: { en: 'database connections the server may hold', 'zh-CN': '服务器可持有的数据库连接数' },
  },
  publicUrl: {
    env: 'IMPRINT_PUBLIC_URL',
    flag: 'public-url',
    type: 'text',
    default: undefined,
    help: {
      en: 'address people open in a browser, as https://imprint.example.org; without it http://localhost:PORT while only this machine is served',
      'zh-CN':
        '人员在浏览器中打开的地址，例如 https://imprint.example.org；未设置且仅服务本机时为 http://localhost:端口',
    },
  },
  trustedProxies: {
    env: 'IMPRINT_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    type: 'text',
    default: undefined,
    help: {
      en: 'addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Host count, comma separated; without it those are ignored',
      'zh-CN':
        '可信代理的地址与网段，以逗号分隔，其 X-Forwarded-For 与 X-Forwarded-Host 才会被采信；未设置则一律忽略',
    },
  },
  oidcIssuer: {
    env: 'IMPRINT_OIDC_ISSUER',
    flag: 'oidc-issuer',
    type: 'text',
    default: undefined,
    help: {
      en: 'OpenID Connect issuer people may sign in with; without it there is none',
      'zh-CN': '可用于登录的 OpenID Connect 签发方；未设置则不提供',
    },
  },
  oidcClientId: {
    env: 'IMPRINT_OIDC_CLIENT_ID',
    flag: 'oidc-client-id',
    type: 'text',
    default: undefined,
    help: { en: 'client id at the issuer', 'zh-CN': '在签发方登记的客户端标识' },
  },
  oidcClientSecret: {
    env: 'IMPRINT_OIDC_CLIENT_SECRET',
    flag: 'oidc-client-secret',
    type: 'text',
    default: undefined,
    secret: true,
    help: {
      en: 'client secret at the issuer, or @FILE whose first line is the secret; without it a public client',
      'zh-CN': '在签发方登记的客户端密钥，或 @文件（首行为密钥）；未设置则为公开客户端',
    },
  },
  oidcScopes: {
    env: 'IMPRINT_OIDC_SCOPES',
    flag: 'oidc-scopes',
    type: 'text',
    default: 'openid profile',
    help: { en: 'scopes asked of the issuer', 'zh-CN': '向签发方请求的范围' },
  },
  oidcRoles: {
    env: 'IMPRINT_OIDC_ROLES',
    flag: 'oidc-roles',
    type: 'text',
    default: undefined,
    help: {
      en: 'JSON file that says which claims admit whom, with which roles; without it only people already linked to a subject may sign in',
      'zh-CN': 'JSON 文件，说明哪些声明可准入何人及其角色；未设置时仅已关联主体的人员可登录',
    },
  },
  checkInSeconds: {
    env: 'IMPRINT_CHECK_IN_SECONDS',
    flag: 'check-in-seconds',
    type: 'seconds',
    default: 900,
    help: { en: 'time between two check-ins of a device', 'zh-CN': '设备两次签到之间的时间' },
  },
  checkInQueue: {
    env: 'IMPRINT_CHECK_IN_QUEUE',
    flag: 'check-in-queue',
    type: 'count',
    default: 10_000,
    help: {
      en: 'check-ins that may wait for the database before devices are told to come back later',
      'zh-CN': '等待写入数据库的签到上限，超过后要求设备稍后再来',
    },
  },
  smallCell: {
    env: 'IMPRINT_SMALL_CELL',
    flag: 'small-cell',
    type: 'count',
    default: 5,
    help: {
      en: 'counts of devices from 1 to below this are not shown above the agency whose devices they are; 1 shows all',
      'zh-CN': '设备数在 1 与此值之间（不含此值）时，不向设备所属机构的上级显示；设为 1 则全部显示',
    },
  },
  leaseRequestsPerHour: {
    env: 'IMPRINT_LEASE_REQUESTS_PER_HOUR',
    flag: 'lease-requests-per-hour',
    type: 'count',
    default: 20,
    help: {
      en: 'lease requests that one device may make in an hour',
      'zh-CN': '单台设备每小时可发出的许可请求数',
    },
  },
  activationsPerHour: {
    env: 'IMPRINT_ACTIVATIONS_PER_HOUR',
    flag: 'activations-per-hour',
    type: 'count',
    default: 10_000,
    help: {
      en: 'new seats that one entitlement gives in an hour; renewals do not count',
      'zh-CN': '一项授权每小时可发放的新席位数；续期不计',
    },
  },
  webhookHosts: {
    env: 'IMPRINT_WEBHOOK_HOSTS',
    flag: 'webhook-hosts',
    type: 'text',
    default: undefined,
    help: {
      en: 'hosts that alerts may be sent to, comma separated, each with :PORT where it is not the usual one; without it none',
      'zh-CN': '允许接收告警的主机，以逗号分隔，非默认端口须写作 主机:端口；未设置则一律不允许',
    },
  },
  smtpUrl: {
    env: 'IMPRINT_SMTP_URL',
    flag: 'smtp-url',
    type: 'text',
    default: undefined,
    secret: true,
    help: {
      en: 'mail relay, smtp://HOST:PORT or smtps://USER:PASSWORD@HOST; one that is not on this machine must offer TLS; without it no mail is sent',
      'zh-CN':
        '邮件中继，smtp://主机:端口 或 smtps://用户:密码@主机；不在本机的中继须提供 TLS；未设置则不发送邮件',
    },
  },
  mailFrom: {
    env: 'IMPRINT_MAIL_FROM',
    flag: 'mail-from',
    type: 'text',
    default: undefined,
    help: { en: 'address that mail comes from', 'zh-CN': '邮件的发件地址' },
  },
  revokeAlone: {
    env: 'IMPRINT_REVOKE_ALONE',
    flag: 'revoke-alone',
    type: 'count',
    default: 10,
    help: {
      en: 'devices one person may revoke in 24 hours; more wait for a second person',
      'zh-CN': '一人 24 小时内可撤销的设备数；超出时须由第二人确认',
    },
  },
  stopSeconds: {
    env: 'IMPRINT_STOP_SECONDS',
    flag: 'stop-seconds',
    type: 'seconds',
    default: 10,
    help: {
      en: 'how long a stopping server waits for requests under way',
      'zh-CN': '停止服务时等待进行中请求的时间',
    },
  },
  logLevel: {
    env: 'IMPRINT_LOG_LEVEL',
    flag: 'log-level',
    type: 'level',
    default: 'info',
    help: {
      en: 'trace, debug, info, warn, error, fatal or silent',
      'zh-CN': 'trace、debug、info、warn、error、fatal 或 silent',
    },
  },
} as const satisfies Record<string, SettingRecord>;

export type SettingName = keyof typeof settingRecords;
type ValueOf<R extends SettingRecord> = R['type'] extends 'text' | 'level' ? string : number;
/** Every setting's value; those without a default may be absent. */
export type Settings = {
  readonly [N in SettingName]: (typeof settingRecords)[N]['default'] extends undefined
    ? ValueOf<(typeof settingRecords)[N]> | undefined
    : ValueOf<(typeof settingRecords)[N]>;
};

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Reads settings: a flag wins over the environment, which wins over the default.
 * @throws SETTING_INVALID when a value does not fit its setting
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<SettingName, string | number | undefined>>> = {},
): Settings {
  const entries = Object.entries(settingRecords as Record<string, SettingRecord>).map(([name, record]) => {
    const given = flags[name as SettingName] ?? (environment[record.env] || undefined) ?? record.default;
    return [name, given === undefined ? undefined : parseSetting(record, given)];
  });
  return Object.fromEntries(entries) as Settings;
}

function parseSetting(record: SettingRecord, given: string | number): string | number {
  const refuse = (expected: string) =>
    platformError('SETTING_INVALID', {
      setting: record.env,
      expected,
      got: record.secret ? 'a value' : String(given),
    });
  if (record.type === 'text') return String(given);
  if (record.type === 'level') {
    if (!levels.includes(String(given))) throw refuse(levels.join(', '));
    return String(given);
  }
  const value = Number(given);
  const minimum = record.type === 'port' ? 0 : 1;
  const maximum = record.type === 'port' ? 65_535 : 10_000_000;
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw refuse(`a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

/** Renders the settings as the reference page `docs/settings.md`. */
export function settingsPage(): string {
  const rows = Object.values(settingRecords as Record<string, SettingRecord>).map(
    (record) =>
      `| \`${record.env}\` | \`--${record.flag}\` | ${record.default === undefined ? '–' : `\`${record.default}\``} | ${record.help.en} | ${record.help['zh-CN']} |`,
  );
  return [
    '# Settings',
    '',
    'Generated from `packages/imprint/src/platform/settings.ts`. A flag wins over the environment, which wins over the default.',
    '',
    '| environment | flag | default | meaning | 含义 |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
