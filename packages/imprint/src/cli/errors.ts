import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const cliErrors = {
  CLI_COMMAND_UNKNOWN: {
    status: 400,
    exit: 2,
    message: { en: 'expected a command, got "{typed}"', 'zh-CN': '应为命令，实际为 “{typed}”' },
    hint: {
      en: 'did you mean "imprint {nearest}"? imprint --help lists all commands',
      'zh-CN': '是否想输入 “imprint {nearest}”？imprint --help 列出全部命令',
    },
  },
  CLI_BUILD_NOT_WINDOWS: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a build of a Windows edition, got {build}',
      'zh-CN': '应为 Windows 版本的构建，实际为 {build}',
    },
    hint: {
      en: 'a Debian edition needs no checklist: its device reports everything itself',
      'zh-CN': 'Debian 版本无需核查表：设备会自行上报全部情况',
    },
  },
  CLI_REPORT_UNREADABLE: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected the report of a checklist in {file}, at most 16 MiB, got {got}',
      'zh-CN': '{file} 应为核查表报告且不超过 16 MiB，实际为 {got}',
    },
    hint: {
      en: 'run the script of "imprint edition checklist" on the Windows machine and bring what it wrote',
      'zh-CN': '请在 Windows 机器上运行 “imprint edition checklist” 生成的脚本，并带回其写出的文件',
    },
  },
  CLI_FLAG_UNKNOWN: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a flag of "imprint {command}", got "{typed}"',
      'zh-CN': '应为 “imprint {command}” 的选项，实际为 “{typed}”',
    },
    hint: {
      en: 'did you mean "--{nearest}"? imprint {command} --help lists its flags',
      'zh-CN': '是否想输入 “--{nearest}”？imprint {command} --help 列出其选项',
    },
  },
  CLI_FLAG_VALUE_MISSING: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected {value} after "--{flag}", got nothing',
      'zh-CN': '“--{flag}” 之后应有 {value}，实际没有',
    },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_FLAG_VALUE_EXTRA: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected no value after "--{flag}", got "{got}"',
      'zh-CN': '“--{flag}” 之后不应有值，实际为 “{got}”',
    },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_FLAG_CHOICE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected one of {choices} after "--{flag}", got "{got}"',
      'zh-CN': '“--{flag}” 之后应为 {choices} 之一，实际为 “{got}”',
    },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_FLAG_REPEATED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected "--{flag}" once, got it twice',
      'zh-CN': '“--{flag}” 只应出现一次，实际出现多次',
    },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_FLAG_MISSING: {
    status: 400,
    exit: 2,
    message: { en: 'expected "--{flag} {value}"', 'zh-CN': '缺少 “--{flag} {value}”' },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_ARGUMENT_MISSING: {
    status: 400,
    exit: 2,
    message: { en: 'expected {name}, got nothing', 'zh-CN': '应为 {name}，实际没有给出' },
    hint: { en: 'usage: {usage}', 'zh-CN': '用法：{usage}' },
  },
  CLI_ARGUMENT_EXTRA: {
    status: 400,
    exit: 2,
    message: { en: 'expected no further argument, got "{typed}"', 'zh-CN': '不应再有参数，实际有 “{typed}”' },
    hint: { en: 'usage: {usage}', 'zh-CN': '用法：{usage}' },
  },
  CLI_FILE_UNREADABLE: {
    status: 404,
    exit: 2,
    message: {
      en: 'expected a readable file or directory at {file} ({reason})',
      'zh-CN': '{file} 应为可读的文件或目录（{reason}）',
    },
    hint: { en: 'check the path and its permissions', 'zh-CN': '请检查路径及其权限' },
  },
  CLI_FILE_EXISTS: {
    status: 409,
    exit: 2,
    message: { en: 'refusing to overwrite {file}', 'zh-CN': '拒绝覆盖 {file}' },
    hint: { en: 'move it away or name another file', 'zh-CN': '请先移走它，或使用其他文件名' },
  },
  CLI_FILE_MALFORMED: {
    status: 400,
    exit: 2,
    message: { en: 'expected {expected} in {file}', 'zh-CN': '{file} 应为 {expected}' },
    hint: { en: 'check that this is the file you meant', 'zh-CN': '请确认文件是否正确' },
  },
  CLI_HOLDER_NAME: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a holder named with lower-case letters, digits and hyphens, got "{got}"',
      'zh-CN': '持有者名称应由小写字母、数字与连字符组成，实际为 “{got}”',
    },
    hint: { en: 'for instance regulator or operator-2', 'zh-CN': '例如 regulator 或 operator-2' },
  },
  CLI_PARTY_NAME: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected each party once, by a name of lower-case letters, digits and hyphens, got "{got}"',
      'zh-CN': '每个参与方应只出现一次，名称由小写字母、数字与连字符组成，实际为 “{got}”',
    },
    hint: { en: 'see imprint trust init --help', 'zh-CN': '参见 imprint trust init --help' },
  },
  CLI_DATE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a duration such as 90d or an instant, got "{got}"',
      'zh-CN': '应为 90d 这样的时长或一个时刻，实际为 “{got}”',
    },
    hint: {
      en: 'for instance --expires 180d or --expires 2027-05-01T00:00:00Z',
      'zh-CN': '例如 --expires 180d 或 --expires 2027-05-01T00:00:00Z',
    },
  },
  CLI_COUNT: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a whole number from {least} to {most} after "--{flag}", got "{got}"',
      'zh-CN': '“--{flag}” 之后应为 {least} 至 {most} 的整数，实际为 “{got}”',
    },
    hint: { en: 'write it in digits, without a sign or a unit', 'zh-CN': '请用数字书写，不带符号和单位' },
  },
  CLI_EMERGENCY_REASON: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a reason of 1 to 500 characters after "--emergency", got {got}',
      'zh-CN': '“--emergency” 之后应为 1 至 500 个字符的理由，实际为 {got} 个',
    },
    hint: {
      en: 'say in a sentence why it cannot wait; every party and every device sees it',
      'zh-CN': '请用一句话说明为何不能等待；各方与各设备都会看到',
    },
  },
  CLI_EMERGENCY_LANE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a party and how many of its holders are enough, such as "regulator=0", got "{got}"',
      'zh-CN': '应为某方及其足够的签署人数，例如 “regulator=0”，实际为 “{got}”',
    },
    hint: {
      en: 'name each party that is not waited for in an emergency, and at least one that is',
      'zh-CN': '请列出紧急情况下无需等待的各方，并至少保留一方须签署',
    },
  },
  CLI_ONLINE_KEY: {
    status: 404,
    exit: 2,
    message: {
      en: 'expected the online key and its passphrase at {file}',
      'zh-CN': '{file} 处应有在线密钥及其口令',
    },
    hint: { en: 'run imprint key new online --online', 'zh-CN': '请运行 imprint key new online --online' },
  },
  CLI_SERVER_UNREACHABLE: {
    status: 503,
    exit: 4,
    message: { en: 'expected a server at {url} ({reason})', 'zh-CN': '{url} 处应有服务器（{reason}）' },
    hint: {
      en: 'start it with imprint serve, or give --server URL',
      'zh-CN': '请用 imprint serve 启动，或给出 --server URL',
    },
  },
  CLI_TOKEN_NEEDED: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected an API token in IMPRINT_TOKEN, or the one a server leaves at {file}',
      'zh-CN': '应在 IMPRINT_TOKEN 中给出 API 令牌，或使用服务器留在 {file} 的令牌',
    },
    hint: {
      en: 'name the state directory of the server with --home, or ask whoever administers your agency for a token',
      'zh-CN': '请用 --home 指定服务器的状态目录，或向本机构管理员申请令牌',
    },
  },
  CLI_DAY: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a day such as 2027-05-01 or an instant after "--{flag}", got "{got}"',
      'zh-CN': '“--{flag}” 之后应为 2027-05-01 这样的日期或一个时刻，实际为 “{got}”',
    },
    hint: {
      en: 'a day alone is its beginning, UTC; an instant may name its zone, as 2027-05-01T00:00:00+08:00',
      'zh-CN': '仅给出日期时取其起始时刻（UTC）；时刻可带时区，如 2027-05-01T00:00:00+08:00',
    },
  },
  CLI_AGENCY_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected the id or code of an agency you may see, got "{got}"',
      'zh-CN': '应为您可见机构的编号或代码，实际为 “{got}”',
    },
    hint: {
      en: 'the nearest is {nearest}; imprint agency list shows them all',
      'zh-CN': '最接近的是 {nearest}；imprint agency list 列出全部机构',
    },
  },
  CLI_AGREEMENT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected the number of an agreement you may see, got "{got}"',
      'zh-CN': '应为您可见协议的编号，实际为 “{got}”',
    },
    hint: {
      en: 'the nearest is {nearest}; imprint licence agreement lists them all',
      'zh-CN': '最接近的是 {nearest}；imprint licence agreement 列出全部协议',
    },
  },
  CLI_PERSON_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected the login of a person you may see, got "{got}"',
      'zh-CN': '应为您可见人员的登录名，实际为 “{got}”',
    },
    hint: {
      en: 'the nearest is {nearest}; imprint person list shows them all',
      'zh-CN': '最接近的是 {nearest}；imprint person list 列出全部人员',
    },
  },
  CLI_GRANT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected {login} to hold the role {role} at {agency}, they do not',
      'zh-CN': '{login} 应在 {agency} 具有角色 {role}，实际没有',
    },
    hint: { en: 'imprint person list shows who holds what', 'zh-CN': 'imprint person list 列出各人角色' },
  },
  CLI_OVERAGE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected deny, report or percent:N:D after "--overage", got "{got}"',
      'zh-CN': '“--overage” 之后应为 deny、report 或 percent:N:D，实际为 “{got}”',
    },
    hint: {
      en: 'percent:10:30 tolerates 10 % more seats for 30 days',
      'zh-CN': 'percent:10:30 表示在 30 天内允许超出 10 %',
    },
  },
  CLI_ONE_OF: {
    status: 400,
    exit: 2,
    message: { en: 'expected one of {choices}, got {got}', 'zh-CN': '应给出 {choices} 之一，实际为 {got}' },
    hint: { en: 'see imprint {command} --help', 'zh-CN': '参见 imprint {command} --help' },
  },
  CLI_FILE_TOO_LARGE: {
    status: 413,
    exit: 2,
    message: {
      en: 'expected at most {maximum} bytes in {file}, got more',
      'zh-CN': '{file} 最大为 {maximum} 字节，实际更大',
    },
    hint: { en: 'check that this is the file you meant', 'zh-CN': '请确认文件是否正确' },
  },
  CLI_REPORT_REFUSED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected a usage report signed by a licence key of the root in {root}, {file} is none',
      'zh-CN': '应为由 {root} 所载许可密钥签署的用量报告，{file} 不是',
    },
    hint: {
      en: 'ask for the report again, and check that the root is the one the operator published',
      'zh-CN': '请重新索取报告，并核对根是否为运营方发布的版本',
    },
  },
  CLI_PASSPHRASE_NEEDED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a passphrase for {holder}, and there is no terminal to ask on',
      'zh-CN': '需要 {holder} 的口令，但没有可询问的终端',
    },
    hint: {
      en: 'give --passphrase-file FILE or set IMPRINT_PASSPHRASE_FILE',
      'zh-CN': '请使用 --passphrase-file FILE 或设置 IMPRINT_PASSPHRASE_FILE',
    },
  },
  CLI_PASSPHRASE_WEAK: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a passphrase of at least {minimum} characters, got {got}',
      'zh-CN': '口令至少应为 {minimum} 个字符，实际为 {got} 个',
    },
    hint: { en: 'several unrelated words make a good one', 'zh-CN': '几个互不相关的词即可' },
  },
  CLI_PASSPHRASE_DIFFERS: {
    status: 400,
    exit: 2,
    message: { en: 'expected the same passphrase twice', 'zh-CN': '两次输入的口令应相同' },
    hint: { en: 'run the command again', 'zh-CN': '请重新运行命令' },
  },
  CLI_CONFIRMATION_NEEDED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a confirmation of what is signed, and there is no terminal to ask on',
      'zh-CN': '需要确认所签内容，但没有可询问的终端',
    },
    hint: {
      en: 'look at it first, then give --sha256 {sha256}',
      'zh-CN': '请先查看内容，然后给出 --sha256 {sha256}',
    },
  },
  CLI_CONFIRMATION_DECLINED: {
    status: 409,
    exit: 1,
    message: { en: 'nothing was signed', 'zh-CN': '没有签署任何内容' },
    hint: { en: 'run the command again when you agree', 'zh-CN': '同意后请重新运行命令' },
  },
  CLI_INTERRUPTED: {
    status: 499,
    exit: 130,
    message: { en: 'interrupted', 'zh-CN': '已中断' },
    hint: {
      en: 'nothing is half-written; the same command goes on from here',
      'zh-CN': '没有写到一半的内容；再次运行同一命令即可继续',
    },
  },
  CLI_INTERNAL: {
    status: 500,
    exit: 70,
    message: { en: 'unexpected failure: {reason}', 'zh-CN': '意外故障：{reason}' },
    hint: {
      en: 'this is a bug; run again with IMPRINT_DEBUG=1 and report what it prints',
      'zh-CN': '这是程序缺陷；请设置 IMPRINT_DEBUG=1 重新运行并报告输出',
    },
  },
} as const satisfies ErrorRegistry;

export const cliError = errorFactory(cliErrors);
