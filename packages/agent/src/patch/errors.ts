import type { ErrorRegistry } from '@imprint/protocol';

const tellOperator = {
  en: 'nothing was installed; tell your operator',
  'zh-CN': '未安装任何内容；请通知运营方',
};

/** Refusals and failures of installing an approved release in place. */
export const patchErrors = {
  AGENT_TARGET_NOT_VERIFIED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing a target that is not the release verified here: expected {expected}, got {got}',
      'zh-CN': '拒绝并非本机已验证发布的目标：应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'nothing was installed; imprint-agent check-in verifies the channel again and says why a release is refused',
      'zh-CN': '未安装任何内容；运行 imprint-agent check-in 可重新验证通道并查看拒绝原因',
    },
  },
  AGENT_TARGET_NOT_NEWER: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: expected a release with sequence {expected}, got {got}',
      'zh-CN': '拒绝回退：发布序号应为 {expected}，实际为 {got}',
    },
    hint: tellOperator,
  },
  AGENT_TARGET_EXPIRED: {
    status: 409,
    exit: 4,
    message: {
      en: 'refusing an expired release: expected one valid at {expected}, got one until {got}',
      'zh-CN': '拒绝已过期的发布：在 {expected} 应有效，实际有效期至 {got}',
    },
    hint: {
      en: 'nothing was installed; check the clock of the device, or wait for a newer release',
      'zh-CN': '未安装任何内容；请检查设备时钟，或等待更新的发布',
    },
  },
  AGENT_PATCH_NOT_HERE: {
    status: 409,
    exit: 2,
    message: {
      en: 'expected a Debian edition with apt and dpkg, got another system',
      'zh-CN': '应为带有 apt 和 dpkg 的 Debian 版本，实际为其他系统',
    },
    hint: {
      en: 'this command installs releases of Debian editions only',
      'zh-CN': '该命令仅用于安装 Debian 版本的发布',
    },
  },
  AGENT_PATCH_SET_ABSENT: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a patch set in release {version}, got none: {from} cannot be brought to it in place',
      'zh-CN': '发布 {version} 应含补丁集，实际没有：无法就地从 {from} 升级',
    },
    hint: {
      en: 'the device keeps what it runs; it has to be set up anew, or the operator proposes the release with a patch set',
      'zh-CN': '设备保持当前版本；需重新安装，或由运营方提交带补丁集的发布',
    },
  },
  AGENT_PATCH_NOT_FROM: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a release that {version} leads from ({expected}), got {got}',
      'zh-CN': '本机版本应为 {version} 可升级的版本（{expected}），实际为 {got}',
    },
    hint: {
      en: 'the device keeps what it runs; install a release in between first, or set it up anew',
      'zh-CN': '设备保持当前版本；请先安装中间版本，或重新安装',
    },
  },
  AGENT_PATCH_NO_ROOM: {
    status: 507,
    exit: 4,
    message: {
      en: 'expected {expected} MB free in {directory}, got {got} MB',
      'zh-CN': '{directory} 应有 {expected} MB 可用空间，实际为 {got} MB',
    },
    hint: {
      en: 'free some space; what was downloaded is kept, and the device tries again by itself',
      'zh-CN': '请清理空间；已下载的内容会保留，设备会自动重试',
    },
  },
  AGENT_PATCH_HELD: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected no held package among those to install, got {packages}',
      'zh-CN': '待安装的软件包不应被保留，实际有 {packages}',
    },
    hint: {
      en: 'apt-mark unhold <package>; at the deadline it is installed anyway and held again',
      'zh-CN': '请运行 apt-mark unhold <软件包>；到截止时间将照常安装并重新保留',
    },
  },
  AGENT_PATCH_APT_FAILED: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected apt to install the approved packages, got exit {status}: {reason}',
      'zh-CN': 'apt 应能安装已批准的软件包，实际退出码为 {status}：{reason}',
    },
    hint: {
      en: '/var/log/apt/term.log has all that was said; the device tries again, three times in all',
      'zh-CN': '完整输出见 /var/log/apt/term.log；设备会重试，共三次',
    },
  },
  AGENT_PATCH_CONFFILE: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected no question about configuration files, got one: exit {status}, {reason}',
      'zh-CN': '不应出现配置文件提问，实际出现：退出码 {status}，{reason}',
    },
    hint: {
      en: 'a package asks although it is told to keep what is there; /var/log/apt/term.log names the file',
      'zh-CN': '软件包在要求保留现有配置时仍提问；文件名见 /var/log/apt/term.log',
    },
  },
  AGENT_PATCH_FELL_BACK: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected release {expected}, which was installed here, got {got}',
      'zh-CN': '本机应运行已安装的发布 {expected}，实际为 {got}',
    },
    hint: {
      en: 'an earlier state of the disk came back; the release is not installed again by itself',
      'zh-CN': '磁盘恢复到了较早的状态；不会自动再次安装该发布',
    },
  },
  AGENT_RESTART_NOT_NEEDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an installed release that waits for a restart, got none',
      'zh-CN': '应有等待重启的已安装发布，实际没有',
    },
    hint: {
      en: 'imprint-agent status shows the rollout',
      'zh-CN': '运行 imprint-agent status 可查看推送状态',
    },
  },
  AGENT_HEALTH_DPKG: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected every package whole after the installation, got {got}',
      'zh-CN': '安装后所有软件包应完整，实际为 {got}',
    },
    hint: { en: 'dpkg --audit names them', 'zh-CN': 'dpkg --audit 可列出这些软件包' },
  },
  AGENT_HEALTH_PACKAGES: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected the approved packages, got {got}',
      'zh-CN': '软件包应与批准的一致，实际为 {got}',
    },
    hint: { en: 'imprint-agent status lists them', 'zh-CN': '运行 imprint-agent status 可列出' },
  },
  AGENT_HEALTH_KERNEL: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected a kernel of the release ({expected}) to run after the restart, got {got}',
      'zh-CN': '重启后应运行该发布的内核（{expected}），实际为 {got}',
    },
    hint: {
      en: 'choose the newest entry in the boot menu, and see why the default is another one',
      'zh-CN': '请在启动菜单中选择最新条目，并检查默认条目为何不同',
    },
  },
  AGENT_HEALTH_UNITS: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected no unit to fail that ran before the installation, got {got}',
      'zh-CN': '安装前正常的单元不应失败，实际为 {got}',
    },
    hint: { en: 'systemctl status <unit> says why', 'zh-CN': 'systemctl status <单元> 可查看原因' },
  },
  AGENT_HEALTH_POLICY: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected every policy to be kept that was kept before, got {got}',
      'zh-CN': '安装前符合的策略应保持符合，实际为 {got}',
    },
    hint: {
      en: 'imprint-agent status shows each policy',
      'zh-CN': '运行 imprint-agent status 可查看各项策略',
    },
  },
  AGENT_HEALTH_CHECK: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected every check in /usr/lib/imprint/health.d to pass, got {got}',
      'zh-CN': '/usr/lib/imprint/health.d 中的检查应全部通过，实际为 {got}',
    },
    hint: { en: 'run the check by hand to see what it says', 'zh-CN': '请手动运行该检查以查看其输出' },
  },
} as const satisfies ErrorRegistry;
