import type { EmergencyPolicy } from '@imprint/protocol';
import type { Flag, Input } from './command.ts';
import { cliError } from './errors.ts';
import { countOf } from './whole-number.ts';

export const emergencyFlag: Flag = {
  name: 'emergency',
  type: 'string',
  value: 'REASON',
  summary: {
    en: 'ask for the emergency lane of the root, and say why; the other approvals have to follow in its time',
    'zh-CN': '申请根所允许的紧急通道并说明理由；其余批准须在期限内补齐',
  },
};

/** The reason of `--emergency`, as a proposal takes it. */
export function emergencyOf(input: Input): { emergency?: { reason: string } } {
  const reason = input.text('emergency')?.trim();
  if (reason === undefined) return {};
  if (reason === '' || reason.length > 500) throw cliError('CLI_EMERGENCY_REASON', { got: reason.length });
  return { emergency: { reason } };
}

export const emergencyLaneFlags: readonly Flag[] = [
  {
    name: 'emergency',
    type: 'string',
    value: 'NAME=N',
    many: true,
    summary: {
      en: 'make an emergency lane: how many holders of a party are enough in it, 0 for none; parties not named as usual',
      'zh-CN': '设立紧急通道：其中某方只需 N 人签署，0 表示不等待；未列出的各方照常',
    },
  },
  {
    name: 'emergency-hours',
    type: 'string',
    value: 'N',
    summary: {
      en: 'within how many hours all have to approve afterwards, up to 168, default 72',
      'zh-CN': '事后各方须在多少小时内补齐批准，最多 168，默认 72',
    },
  },
];

const usualHours = '72';

/** The emergency lane that the flags of `trust init` describe; undefined where they name none. @throws CLI_EMERGENCY_LANE, CLI_COUNT */
export function emergencyLane(input: Input): EmergencyPolicy | undefined {
  const named = input.list('emergency');
  if (named.length === 0) return undefined;
  const thresholds = named.map((text) => {
    const [, name, count] = /^([a-z0-9][a-z0-9-]{0,62})=(\d{1,2})$/.exec(text) ?? [];
    if (name === undefined) throw cliError('CLI_EMERGENCY_LANE', { got: text });
    return [name, Number(count)] as const;
  });
  const withinHours = countOf('emergency-hours', input.text('emergency-hours') ?? usualHours, { most: 999 });
  return { thresholds: Object.fromEntries(thresholds), withinHours };
}
