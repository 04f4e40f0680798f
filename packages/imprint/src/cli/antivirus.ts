import type { Input, Outcome } from './command.ts';
import { columns } from './help.ts';
import { agencyLabels } from './licence.ts';

/** What the commands read of choices, and of what they come to. */
export interface SelectionsAnswer {
  readonly selections: readonly {
    readonly agencyId: string;
    readonly deviceClass?: string;
    readonly provider?: string;
    readonly definitionsRing?: string;
    readonly allowed?: readonly string[];
    readonly isFixed?: boolean;
  }[];
  readonly effective: readonly {
    readonly edition: string;
    readonly channel: string;
    readonly deviceClass?: string;
    readonly provider: string;
    readonly definitionsRing: string;
    readonly chosenBy: string;
    readonly approval: string;
    readonly daysLeft: number;
  }[];
}

/** How an approval stands, in words. */
export function approvalText({ context: { say } }: Input, approval: string, daysLeft: number): string {
  if (approval === 'expired') {
    return say({
      en: 'WARNING: approval has ended, not to be chosen anew',
      'zh-CN': '警告：批准已到期，不得新选',
    });
  }
  return approval === 'expiring'
    ? say({
        en: `WARNING: approval ends in ${daysLeft} days`,
        'zh-CN': `警告：批准将于 ${daysLeft} 天后到期`,
      })
    : say({ en: `approved for ${daysLeft} days more`, 'zh-CN': `批准剩余 ${daysLeft} 天` });
}

/** What is chosen, and what the asker's own devices are told. */
export async function selectionsOutcome(input: Input, answer: SelectionsAnswer): Promise<Outcome> {
  const { say } = input.context;
  const labelOf = await agencyLabels(input);
  const every = say({ en: 'every class', 'zh-CN': '所有类型' });
  const chosen = answer.selections.map((one): [string, string] => [
    `${labelOf(one.agencyId)}  ${one.deviceClass ?? every}`,
    [
      one.provider ?? '-',
      one.definitionsRing === undefined
        ? ''
        : say({ en: `ring ${one.definitionsRing}`, 'zh-CN': `环 ${one.definitionsRing}` }),
      one.allowed === undefined
        ? ''
        : say({ en: `below: ${one.allowed.join(', ')}`, 'zh-CN': `下级可选：${one.allowed.join('、')}` }),
      one.isFixed === true ? say({ en: 'fixed for all below', 'zh-CN': '对下级统一指定' }) : '',
    ]
      .filter((part) => part !== '')
      .join('  '),
  ]);
  const told = answer.effective.map((one): [string, string] => [
    `${one.edition}/${one.channel}  ${one.deviceClass ?? every}`,
    [
      one.provider,
      say({ en: `ring ${one.definitionsRing}`, 'zh-CN': `环 ${one.definitionsRing}` }),
      say({ en: `chosen by ${labelOf(one.chosenBy)}`, 'zh-CN': `由 ${labelOf(one.chosenBy)} 指定` }),
      approvalText(input, one.approval, one.daysLeft),
    ].join('  '),
  ]);
  return {
    data: answer,
    text: [
      say({ en: `chosen (${chosen.length})`, 'zh-CN': `已选（${chosen.length}）` }),
      ...columns(chosen),
      say({
        en: `your devices are told (${told.length})`,
        'zh-CN': `本机构设备收到的指令（${told.length}）`,
      }),
      ...columns(told),
    ],
  };
}
