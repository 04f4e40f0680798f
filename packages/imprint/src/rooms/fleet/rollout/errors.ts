import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const rolloutErrors = {
  FLEET_RING_PLAN_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected ring plan {plan} to exist, it is not known', 'zh-CN': '环计划 {plan} 不存在' },
    hint: {
      en: 'list the plans you may see with GET /v1/ring-plans',
      'zh-CN': '可通过 GET /v1/ring-plans 查看可见的计划',
    },
  },
  FLEET_RING_PLAN_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a ring plan that can be carried out, it has {count} faults',
      'zh-CN': '环计划应可执行，现有 {count} 处问题',
    },
    hint: { en: 'correct what is listed below', 'zh-CN': '请更正下列内容' },
  },
  FLEET_RING_NAME_TAKEN: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected rings of different names, {ring} is there twice',
      'zh-CN': '环名称应互不相同，{ring} 出现了两次',
    },
    hint: { en: 'rename one of them', 'zh-CN': '请更改其中一个名称' },
  },
  FLEET_RING_ORDER_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected ring {ring} to follow a ring that stands before it, got {after}',
      'zh-CN': '环 {ring} 应位于其所依赖的环之后，实际依赖 {after}',
    },
    hint: { en: 'order the rings as they follow one another', 'zh-CN': '请按先后次序排列各环' },
  },
  FLEET_RING_SELECTOR_OUTSIDE: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected ring {ring} to select within the agency of the plan, got {path}',
      'zh-CN': '环 {ring} 应只选择计划所属机构范围内的设备，实际为 {path}',
    },
    hint: {
      en: 'select an agency at or below the one the plan is for',
      'zh-CN': '请选择计划所属机构或其下级机构',
    },
  },
  FLEET_TIME_ZONE_UNKNOWN: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected an IANA time zone at {where}, got {got}',
      'zh-CN': '{where} 处的时区应为 IANA 时区名称，实际为 {got}',
    },
    hint: { en: 'for instance Asia/Shanghai', 'zh-CN': '例如 Asia/Shanghai' },
  },
  FLEET_WINDOW_NEVER_OPENS: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected the windows at {where} to open within {days} days, they never do',
      'zh-CN': '{where} 处的时间窗口应在 {days} 天内开放，但从不开放',
    },
    hint: {
      en: 'check days, holidays and, for an agency below, the windows of those above: all have to be open at once',
      'zh-CN': '请检查日期、节假日；下级机构还须与上级的时间窗口有交集',
    },
  },
  FLEET_ROLLOUT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: { en: 'expected rollout {rollout} to exist, it is not known', 'zh-CN': '升级 {rollout} 不存在' },
    hint: {
      en: 'list the rollouts you may see with GET /v1/rollouts',
      'zh-CN': '可通过 GET /v1/rollouts 查看可见的升级',
    },
  },
  FLEET_ROLLOUT_ID_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a new id or the rollout it stands for, {rollout} stands for another',
      'zh-CN': '标识应为新标识或与原升级一致，{rollout} 已对应其他升级',
    },
    hint: { en: 'leave the id out for a new rollout', 'zh-CN': '新建升级时请省略标识' },
  },
  FLEET_ROLLOUT_RELEASE_NOT_OFFERED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to roll out release {release}: expected a current one, it is {standing}',
      'zh-CN': '拒绝推送版本 {release}：应为当前版本，实际状态为 {standing}',
    },
    hint: {
      en: 'only a release that is published and approved can be rolled out: imprint release status',
      'zh-CN': '只有已批准并发布的版本才能推送：imprint release status',
    },
  },
  FLEET_ROLLOUT_FLOOR_UNAVAILABLE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected floor version {version} in the register of published releases, it is {standing}',
      'zh-CN': '已发布版本登记中应有下限版本 {version}，实际状态为 {standing}',
    },
    hint: {
      en: 'publish that version, or begin with a plan without this floor',
      'zh-CN': '请发布该版本，或使用不含该下限版本的计划',
    },
  },
  FLEET_ROLLOUT_OVERLAPS: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected no other rollout for devices of {edition}/{channel} here, one is {state}',
      'zh-CN': '{edition}/{channel} 的设备此处不应有其他升级，现有一个状态为 {state}',
    },
    hint: {
      en: 'stop the other one first, or wait until it is done',
      'zh-CN': '请先终止另一升级，或等待其完成',
    },
  },
  FLEET_ROLLOUT_EMERGENCY_NOT_ALLOWED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing the emergency lane: the plan of environment {environment} has none',
      'zh-CN': '拒绝使用紧急通道：环境 {environment} 的计划未设置紧急通道',
    },
    hint: {
      en: 'begin an ordinary rollout, or give the plan an emergency section',
      'zh-CN': '请按常规启动，或在计划中设置紧急通道',
    },
  },
  FLEET_ROLLOUT_RELEASE_EMERGENCY: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing an ordinary rollout of {version}: it has but the approvals of an emergency, until {until}',
      'zh-CN': '拒绝按常规推送 {version}：它仅有紧急批准，有效至 {until}',
    },
    hint: {
      en: 'begin it in the emergency lane with --emergency REASON, or have every party approve it first: imprint release complete',
      'zh-CN': '请用 --emergency 理由 经紧急通道启动，或先由各方批准：imprint release complete',
    },
  },
  FLEET_ROLLOUT_STATE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a rollout that is {expected}, it is {state}',
      'zh-CN': '升级状态应为 {expected}，实际为 {state}',
    },
    hint: { en: 'see where it stands: imprint rollout show', 'zh-CN': '查看当前状态：imprint rollout show' },
  },
  FLEET_ROLLOUT_NOTHING_TO_SKIP: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected ring {ring} to hold the rollout up, it does not',
      'zh-CN': '环 {ring} 应正在阻挡升级，实际没有',
    },
    hint: {
      en: 'only a group that is open, or a ring without any evidence, can be skipped',
      'zh-CN': '只能跳过已开放的组，或没有任何依据的环',
    },
  },
  FLEET_ROLLOUT_APPROVER_SAME: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to approve: expected somebody other than who began the rollout',
      'zh-CN': '拒绝批准：批准人不应是升级的发起人',
    },
    hint: { en: 'let another person approve it', 'zh-CN': '请由其他人员批准' },
  },
  FLEET_ROLLOUT_NOT_EMERGENCY: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a rollout of the emergency lane that waits for approval, got another',
      'zh-CN': '应为等待批准的紧急通道升级，实际不是',
    },
    hint: { en: 'an ordinary rollout needs no approval after the fact', 'zh-CN': '常规升级无需事后批准' },
  },
  FLEET_DEFERRAL_HASTENS: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to defer: expected an agency below the one that began the rollout',
      'zh-CN': '拒绝推迟：应为升级发起机构的下级机构',
    },
    hint: {
      en: 'whoever owns the rollout pauses it; agencies below only slow it down for their own devices',
      'zh-CN': '升级所属机构可直接暂停；下级机构只能放慢自身设备的升级',
    },
  },
  FLEET_DEFERRAL_BEYOND_CAP: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a delay of at most {cap} days, got {got}',
      'zh-CN': '推迟不应超过 {cap} 天，实际为 {got} 天',
    },
    hint: { en: 'the plan sets the longest deferral', 'zh-CN': '最长推迟时间由计划规定' },
  },
} as const satisfies ErrorRegistry;

export const rolloutError = errorFactory(rolloutErrors);
