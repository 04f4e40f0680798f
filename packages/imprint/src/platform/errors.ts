import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of the ground every room stands on: settings, the database and its private cluster. */
export const platformErrors = {
  SETTING_INVALID: {
    status: 500,
    exit: 2,
    message: {
      en: 'expected {setting} to be {expected}, got {got}',
      'zh-CN': '{setting} 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'correct {setting} in the environment or on the command line; docs/settings.md lists all settings',
      'zh-CN': '请在环境变量或命令行中更正 {setting}；全部设置见 docs/settings.md',
    },
  },
  DB_BINARIES_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected PostgreSQL 15 or newer on this machine, found none',
      'zh-CN': '本机需要 PostgreSQL 15 或更新版本，但未找到',
    },
    hint: {
      en: 'install the package postgresql, or set DATABASE_URL to a server elsewhere',
      'zh-CN': '请安装 postgresql 软件包，或将 DATABASE_URL 指向其他服务器',
    },
  },
  DB_VERSION_MISMATCH: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected PostgreSQL {expected} for the cluster in {directory}, found {found}',
      'zh-CN': '{directory} 中的集群需要 PostgreSQL {expected}，找到的是 {found}',
    },
    hint: {
      en: 'install PostgreSQL {expected} again, or move the data with pg_dump and pg_restore into a new cluster',
      'zh-CN': '请重新安装 PostgreSQL {expected}，或用 pg_dump 与 pg_restore 将数据迁移到新集群',
    },
  },
  DB_VERSION_TOO_OLD: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected PostgreSQL 15 or newer at DATABASE_URL, got {found}',
      'zh-CN': 'DATABASE_URL 处应为 PostgreSQL 15 或更新版本，实际为 {found}',
    },
    hint: {
      en: 'upgrade that server, or point DATABASE_URL at a newer one',
      'zh-CN': '请升级该服务器，或将 DATABASE_URL 指向更新的服务器',
    },
  },
  DB_ACCOUNT_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected an account postgres or nobody to run the database as, found neither',
      'zh-CN': '需要 postgres 或 nobody 账户来运行数据库，但均不存在',
    },
    hint: {
      en: 'create a system account named postgres, or start imprint as an ordinary user',
      'zh-CN': '请创建名为 postgres 的系统账户，或以普通用户启动 imprint',
    },
  },
  DB_INIT_FAILED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected a new database cluster in {directory}, initdb ended with {outcome}',
      'zh-CN': '应在 {directory} 建立新的数据库集群，但 initdb 以 {outcome} 结束',
    },
    hint: {
      en: 'check free space and permissions of that directory; what initdb said is: {said}',
      'zh-CN': '请检查该目录的可用空间与权限；initdb 的输出为：{said}',
    },
  },
  DB_START_FAILED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the database in {directory} to accept connections within {seconds} s, it did not',
      'zh-CN': '{directory} 中的数据库应在 {seconds} 秒内接受连接，但未能做到',
    },
    hint: { en: 'read the last lines of {log}', 'zh-CN': '请查看 {log} 的最后几行' },
  },
  DB_CLUSTER_FOREIGN: {
    status: 503,
    exit: 4,
    message: {
      en: 'refusing to use the database behind {socket}: its data directory is {found}, not {expected}',
      'zh-CN': '拒绝使用 {socket} 后的数据库：其数据目录为 {found}，而非 {expected}',
    },
    hint: {
      en: 'stop that server, or choose another IMPRINT_DATABASE_DIR',
      'zh-CN': '请停止该服务器，或选择其他 IMPRINT_DATABASE_DIR',
    },
  },
  DB_SOCKET_FOREIGN: {
    status: 503,
    exit: 4,
    message: {
      en: 'refusing to use socket directory {path}: it belongs to another account',
      'zh-CN': '拒绝使用套接字目录 {path}：它属于其他账户',
    },
    hint: {
      en: 'remove that directory, or choose a shorter IMPRINT_DATABASE_DIR',
      'zh-CN': '请删除该目录，或选择更短的 IMPRINT_DATABASE_DIR',
    },
  },
  DB_UNAVAILABLE: {
    status: 503,
    exit: 4,
    message: { en: 'expected the database to answer, it did not', 'zh-CN': '数据库应有响应，但没有' },
    hint: {
      en: 'check that PostgreSQL runs and that DATABASE_URL is right, then try again',
      'zh-CN': '请确认 PostgreSQL 正在运行且 DATABASE_URL 正确，然后重试',
    },
  },
  DB_ROLE_MISSING: {
    status: 503,
    exit: 3,
    message: {
      en: 'expected a role imprint_app that this login may switch to, it is missing and may not be created',
      'zh-CN': '需要本登录可切换的角色 imprint_app，但它不存在且无权创建',
    },
    hint: {
      en: 'let an administrator run: CREATE ROLE imprint_app NOLOGIN; GRANT imprint_app TO {login};',
      'zh-CN': '请管理员执行：CREATE ROLE imprint_app NOLOGIN; GRANT imprint_app TO {login};',
    },
  },
  DB_ROLE_TOO_STRONG: {
    status: 503,
    exit: 3,
    message: {
      en: 'refusing to serve with role {role}: it bypasses row-level security or owns tables',
      'zh-CN': '拒绝以角色 {role} 提供服务：它可绕过行级安全或拥有数据表',
    },
    hint: {
      en: 'give DATABASE_APP_URL a plain login that is a member of imprint_app',
      'zh-CN': '请让 DATABASE_APP_URL 使用仅属于 imprint_app 的普通登录',
    },
  },
  DB_MIGRATION_CHANGED: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected migration {migration} as it was applied, its text has changed',
      'zh-CN': '迁移 {migration} 应与已执行时一致，但其内容已改变',
    },
    hint: {
      en: 'run the version of imprint that applied it; a correction is a new migration',
      'zh-CN': '请使用当初执行它的 imprint 版本；修正应作为新的迁移',
    },
  },
  DB_SCHEMA_NEWER: {
    status: 503,
    exit: 4,
    message: {
      en: 'refusing to serve: the database has migration {migration}, which this version does not know',
      'zh-CN': '拒绝提供服务：数据库含有本版本不认识的迁移 {migration}',
    },
    hint: {
      en: 'start a version of imprint at least as new as the one that used this database last',
      'zh-CN': '请启动不低于上次使用该数据库的 imprint 版本',
    },
  },
} as const satisfies ErrorRegistry;

export const platformError = errorFactory(platformErrors);
