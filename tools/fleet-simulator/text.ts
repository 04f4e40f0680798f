import type { Language } from '@imprint/protocol';
import type { Simulation } from './simulate.ts';

export const help: Readonly<Record<Language, string>> = {
  en: `Simulates a fleet: real messages, real signatures, over HTTP, against a server made for trying.
Its devices are enrolled for good: do not point it at a server that counts.

node tools/fleet-simulator/main.ts --url URL --token TOKEN [options]

  --url URL          the server, http://…
  --token TOKEN      an access token with fleet:write, to enrol with
  --devices N        devices (100)
  --seconds S        how long they check in (10)
  --callers N        requests at once, each on a kept-alive connection (64)
  --interval S       seconds between two check-ins of a device; 0, as fast as answers come (0)
  --changing SHARE   share of check-ins before which something changed on the device (0.02)
  --faults LIST      duplicate, lost, skew, snapshot, silence with their shares: duplicate=0.01,lost=0.01
  --json             the figures as data
  --lang LANGUAGE    en or zh-CN
  --help             this

Exit: 0 done · 1 answers were not what the message and its fault call for · 2 usage · 4 server out of reach
`,
  'zh-CN': `模拟设备群：真实消息、真实签名，经 HTTP 发往试验用服务器。
模拟设备会真正登记：请勿用于正式服务器。

node tools/fleet-simulator/main.ts --url 地址 --token 令牌 [选项]

  --url 地址         服务器，http://…
  --token 令牌       具有 fleet:write 权限的访问令牌，用于登记
  --devices N        设备数（100）
  --seconds S        签到持续秒数（10）
  --callers N        并发请求数，各用一条长连接（64）
  --interval S       同一设备两次签到的间隔秒数；0 表示有应答即发（0）
  --changing 比例    设备状态在签到前发生变化的比例（0.02）
  --faults 列表      duplicate 重复、lost 应答丢失、skew 时钟偏差、snapshot 快照恢复、silence 沉默，如 duplicate=0.01,lost=0.01
  --json             以数据形式输出
  --lang 语言        en 或 zh-CN
  --help             本说明

退出码：0 完成 · 1 应答与消息及其故障不符 · 2 用法错误 · 4 服务器不可达
`,
};

export const usage: Readonly<Record<Language, (problem: string) => string>> = {
  en: (problem) => `fleet-simulator: expected ${problem}; see --help\n`,
  'zh-CN': (problem) => `fleet-simulator：应为 ${problem}；参见 --help\n`,
};

export interface Figures {
  readonly enrolled: number;
  readonly answers: number;
  readonly perSecond: number;
  readonly milliseconds: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly outcomes: Simulation['outcomes'];
  readonly unexpected: Simulation['unexpected'];
  readonly faults: Simulation['faults'];
}

export function figuresOf({
  enrolled,
  seconds,
  latencies,
  outcomes,
  unexpected,
  faults,
}: Simulation): Figures {
  const at = (share: number) => {
    const index = Math.min(latencies.length - 1, Math.floor(latencies.length * share));
    return Number((latencies[index] ?? 0).toFixed(1));
  };
  const answers = latencies.length;
  const perSecond = Math.round(answers / seconds);
  const milliseconds = { p50: at(0.5), p99: at(0.99), max: at(1) };
  return { enrolled, answers, perSecond, milliseconds, outcomes, unexpected, faults };
}

const pairs = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ') || '–';

/** Figures for people. */
export function figuresText(figures: Figures, language: Language): string {
  const { enrolled, answers, perSecond, milliseconds, outcomes, unexpected, faults } = figures;
  const { p50, p99, max } = milliseconds;
  const lines =
    language === 'en'
      ? [
          `devices      ${enrolled}`,
          `answers      ${answers}, ${perSecond} a second`,
          `latency      p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms`,
          `outcomes     ${pairs(outcomes)}`,
          `faults       ${pairs(faults)}`,
          `unexpected   ${pairs(unexpected)}`,
        ]
      : [
          `设备   ${enrolled}`,
          `应答   ${answers}，每秒 ${perSecond}`,
          `时延   p50 ${p50} ms，p99 ${p99} ms，最长 ${max} ms`,
          `结果   ${pairs(outcomes)}`,
          `故障   ${pairs(faults)}`,
          `意外   ${pairs(unexpected)}`,
        ];
  return `${lines.join('\n')}\n`;
}
