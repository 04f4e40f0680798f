import { type ErrorParams, fillPlaceholders, type Localized } from '@imprint/protocol';
import type { Sentence } from '../model.ts';

/** Everything the engine says. `{group}` is "group 2 of 3 of ring canary". */
const sentences = {
  opened: {
    en: '{group} opens to {planned} devices',
    'zh-CN': '{group}开放，共 {planned} 台设备',
  },
  held: {
    en: '{group}: {succeeded} of {expected} expected devices run the release and are healthy ({percent} %, wanted {wanted} %), {errors} failed, {notHeard} not heard; it soaks for {hours} h',
    'zh-CN':
      '{group}：预期的 {expected} 台设备中有 {succeeded} 台已运行该版本且状态健康（{percent} %，要求 {wanted} %），{errors} 台失败，{notHeard} 台无消息；观察 {hours} 小时',
  },
  broken: {
    en: '{group}: the thresholds no longer hold, {succeeded} of {expected} expected devices are healthy ({percent} %, wanted {wanted} %); the soak starts anew when they do',
    'zh-CN':
      '{group}：不再满足阈值，预期的 {expected} 台设备中有 {succeeded} 台健康（{percent} %，要求 {wanted} %）；重新满足后再开始观察',
  },
  passed: {
    en: '{group} is through: {succeeded} of {expected} expected devices healthy ({percent} %, wanted {wanted} %), {errors} failed, {notHeard} not heard, {deferred} deferred, after {hours} h',
    'zh-CN':
      '{group}通过：预期的 {expected} 台设备中有 {succeeded} 台健康（{percent} %，要求 {wanted} %），{errors} 台失败，{notHeard} 台无消息，{deferred} 台推迟，观察 {hours} 小时',
  },
  empty: { en: '{group} is through: it has no devices', 'zh-CN': '{group}通过：其中没有设备' },
  unheard: {
    en: '{group} is passed over: of {planned} devices {notHeard} were not heard for {hours} h and {deferred} are deferred; it is no evidence for a ring after it',
    'zh-CN':
      '{group}略过：{planned} 台设备中 {notHeard} 台已 {hours} 小时无消息，{deferred} 台推迟；不作为后续环的依据',
  },
  halted: {
    en: 'halted: in {group} {errors} of {outcomes} devices failed ({percent} %, the limit is {limit} % of at least {needed}): {failed} while installing, {fellBack} fell back, {unhealthy} unhealthy after start, {lost} silent since they began to install',
    'zh-CN':
      '已停止：{group}中 {outcomes} 台设备有 {errors} 台失败（{percent} %，上限为至少 {needed} 台的 {limit} %）：安装失败 {failed} 台，回退 {fellBack} 台，启动后不健康 {unhealthy} 台，开始安装后无消息 {lost} 台',
  },
  releaseGone: {
    en: 'halted: the release is {standing} and no longer the current one of its channel',
    'zh-CN': '已停止：该版本状态为 {standing}，不再是其通道的当前版本',
  },
  unapproved: {
    en: 'halted: begun in the emergency lane and not approved by {approveBy} by anyone else',
    'zh-CN': '已停止：经紧急通道启动，截至 {approveBy} 未获他人批准',
  },
  replaced: {
    en: 'a newer release is current on the channel; devices that were not heard get that one',
    'zh-CN': '通道已有更新的当前版本；此前无消息的设备将获得该版本',
  },
  completed: {
    en: 'every ring is through: {succeeded} of {planned} devices run the release and are healthy, {rest} are still to answer',
    'zh-CN': '所有环均已通过：{planned} 台设备中 {succeeded} 台已运行该版本且健康，{rest} 台尚未回应',
  },
  waitsForDate: {
    en: '{group} waits for {date}, {days} days after the base date',
    'zh-CN': '{group}等待 {date}（基准日期后 {days} 天）',
  },
  waitsForRing: { en: '{group} waits for ring {ring}', 'zh-CN': '{group}等待环 {ring}' },
  waitsForGroup: { en: '{group} waits for the group before it', 'zh-CN': '{group}等待前一组' },
  waitsForEvidence: {
    en: '{group} waits: none of the {planned} devices of ring {ring} has shown that the release works ({notHeard} not heard, {deferred} deferred); skip it with a reason, or wait until one answers',
    'zh-CN':
      '{group}等待：环 {ring} 的 {planned} 台设备均未证明该版本可用（{notHeard} 台无消息，{deferred} 台推迟）；可说明理由后跳过，或等待设备回应',
  },
  waitsForOffice: {
    en: '{group} waits for office hours, next at {date}',
    'zh-CN': '{group}等待办公时间，下次为 {date}',
  },
  officeNever: {
    en: '{group} waits for office hours that never come in the next {days} days; change the plan and begin a rollout with it',
    'zh-CN': '{group}等待办公时间，但未来 {days} 天内均无办公时间；请修改计划并以其启动新的升级',
  },
  runs: {
    en: '{group}: {succeeded} of {expected} expected devices are healthy ({percent} %, wanted {wanted} % and {needed} outcomes, got {outcomes}); {pending} under way, {errors} failed, {notHeard} not heard, {deferred} deferred',
    'zh-CN':
      '{group}：预期的 {expected} 台设备中有 {succeeded} 台健康（{percent} %，要求 {wanted} % 且 {needed} 个结果，已有 {outcomes} 个）；{pending} 台进行中，{errors} 台失败，{notHeard} 台无消息，{deferred} 台推迟',
  },
  soaks: {
    en: '{group} soaks until {date}: {succeeded} of {expected} expected devices healthy, {errors} failed',
    'zh-CN': '{group}观察至 {date}：预期的 {expected} 台设备中 {succeeded} 台健康，{errors} 台失败',
  },
  windowNever: {
    en: 'ring {ring}: its installation window does not open in the next {days} days; devices install at their deadline, {cap} days after their group opens',
    'zh-CN': '环 {ring}：未来 {days} 天内没有安装窗口；设备将在截止时间（组开放后 {cap} 天）安装',
  },
  ringEmpty: { en: 'ring {ring} has no devices', 'zh-CN': '环 {ring} 中没有设备' },
  stands: {
    en: 'nothing is offered: the rollout is {state}',
    'zh-CN': '不提供任何更新：该升级状态为 {state}',
  },
} as const satisfies Record<string, Localized>;

/** Parameters that differ between the languages. */
export type SentenceParams = Readonly<Record<string, ErrorParams[string] | Localized>>;

/** Fills a sentence in both languages. */
export function say(code: keyof typeof sentences, params: SentenceParams = {}): Sentence {
  const inLanguage = (language: 'en' | 'zh-CN') => {
    const own = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'object' ? value[language] : value,
    ]);
    return fillPlaceholders(sentences[code][language], Object.fromEntries(own));
  };
  return { code, en: inLanguage('en'), 'zh-CN': inLanguage('zh-CN') };
}

/** Names a group for a sentence. */
export function groupName(ring: string, group: number, groups: number): Localized {
  if (groups === 1) return { en: `ring ${ring}`, 'zh-CN': `环 ${ring} ` };
  return {
    en: `group ${group + 1} of ${groups} of ring ${ring}`,
    'zh-CN': `环 ${ring} 第 ${group + 1}/${groups} 组`,
  };
}
