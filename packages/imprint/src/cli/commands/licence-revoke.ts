import type { Command, Input, Outcome } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { agreementOf, needed } from '../licence.ts';
import { callServer, changeOnServer, dryRunLines, listAll } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

interface RevocationRow {
  readonly id: string;
  readonly scope: string;
  readonly subjectId: string;
  readonly reason: string;
  readonly devices: number;
  readonly state: keyof typeof states;
  readonly undoes?: string;
  readonly undoReason?: string;
  readonly proposedAt: string;
}

const states = {
  pending: { en: 'waits for a second person', 'zh-CN': '待第二人确认' },
  applied: { en: 'applied', 'zh-CN': '已生效' },
  withdrawn: { en: 'withdrawn', 'zh-CN': '已撤回' },
  expired: { en: 'expired', 'zh-CN': '已过期' },
  undone: { en: 'undone', 'zh-CN': '已解除' },
} as const;

/** Why seats are revoked, then why a revocation is undone; the server knows which is for what. */
const reasonFlag = {
  name: 'reason',
  type: 'string',
  value: 'REASON',
  choices: [
    'agreement-ended',
    'lost-or-stolen',
    'retired',
    'misuse',
    'transferred',
    'duplicate',
    'mistake',
    'found',
    'cleared',
  ],
  summary: {
    en: 'why; to undo: mistake, found or cleared',
    'zh-CN': '原因；解除撤销时为 mistake、found 或 cleared',
  },
} as const;

export const licenceRevoke: Command = {
  name: 'licence revoke',
  summary: {
    en: 'revoke seats; confirm, withdraw, undo or list revocations',
    'zh-CN': '撤销席位；确认、撤回、解除或列出撤销',
  },
  description: [
    {
      en: 'Without anything it lists. A revocation of many devices waits until a second person confirms it, for 30 days. Undone, the device gets a seat back at its next request, if one is free. A revoked device keeps getting security patches and antivirus definitions, and its data stays open; it gets no feature updates.',
      'zh-CN':
        '不带参数时列出撤销。涉及大量设备的撤销须由第二人在 30 天内确认后生效。解除撤销后，如有空闲席位，设备下次请求时即可重新获得席位。被撤销的设备仍可获得安全补丁与病毒库，数据始终可用，但不再获得功能更新。',
    },
  ],
  args: [
    {
      name: 'ACTIVATION',
      optional: true,
      many: true,
      summary: { en: 'ids of activations', 'zh-CN': '激活编号' },
    },
  ],
  flags: [
    {
      name: 'entitlement',
      type: 'string',
      value: 'ID',
      summary: { en: 'all seats of an entitlement', 'zh-CN': '某授权的全部席位' },
    },
    {
      name: 'agreement',
      type: 'string',
      value: 'NUMBER',
      summary: { en: 'all seats of an agreement', 'zh-CN': '某协议的全部席位' },
    },
    reasonFlag,
    {
      name: 'confirm',
      type: 'string',
      value: 'ID',
      summary: { en: 'confirm what somebody else proposed', 'zh-CN': '确认他人提出的撤销' },
    },
    {
      name: 'withdraw',
      type: 'string',
      value: 'ID',
      summary: { en: 'withdraw what waits for a second person', 'zh-CN': '撤回待第二人确认的撤销' },
    },
    {
      name: 'undo',
      type: 'string',
      value: 'ID',
      summary: { en: 'undo the revocation of a device', 'zh-CN': '解除对某台设备的撤销' },
    },
    {
      name: 'republish',
      type: 'boolean',
      summary: {
        en: 'publish the revocation list above the published one, after the database was restored',
        'zh-CN': '数据库恢复后，以高于已发布清单的编号重新发布撤销清单',
      },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint licence revoke 01KB1A2B3C4D5E6F7G8H9JKMNP --reason lost-or-stolen',
      summary: { en: 'one device', 'zh-CN': '一台设备' },
    },
    {
      line: 'imprint licence revoke --agreement LA-2026-014 --reason agreement-ended --dry-run',
      summary: { en: 'how many devices it would touch', 'zh-CN': '查看涉及的设备数量' },
    },
    {
      line: 'imprint licence revoke --undo 01KB1A2B3C4D5E6F7G8H9JKMNP --reason found',
      summary: { en: 'the device is back', 'zh-CN': '设备已找回' },
    },
  ],
  async run(input) {
    const given = [
      input.argumentList('ACTIVATION').length > 0,
      ...['entitlement', 'agreement', ...reviews, 'republish'].map((flag) => input.has(flag)),
    ].filter(Boolean).length;
    if (given > 1) {
      const flags = ['entitlement', 'agreement', ...reviews, 'republish'].map((name) => `--${name}`);
      const choices = ['ACTIVATION…', ...flags];
      throw cliError('CLI_ONE_OF', {
        choices: choices.join(' | '),
        got: String(given),
        command: 'licence revoke',
      });
    }
    if (given === 0) return list(input);
    if (input.has('republish')) return republish(input);
    const review = reviews.find((flag) => input.has(flag));
    if (review !== undefined) return answer(input, [await reviewOne(input, review)]);
    const reason = needed(input, reasonFlag, 'licence revoke');
    return answer(input, await revokeAll(input, await subjectsOf(input), reason));
  },
};

const reviews = ['confirm', 'withdraw', 'undo'] as const;

/** Does something about a revocation that was proposed before. */
async function reviewOne(input: Input, review: (typeof reviews)[number]): Promise<RevocationRow> {
  const route = `POST /v1/revocations/${encodeURIComponent(input.text(review) ?? '')}/${review}` as const;
  const body = review === 'undo' ? { reason: needed(input, reasonFlag, 'licence revoke') } : undefined;
  return (await changeOnServer(input, route, body)) as RevocationRow;
}

async function republish(input: Input): Promise<Outcome> {
  const asked = await changeOnServer(input, 'POST /v1/revocation-list/republish');
  const line = input.context.say({
    en: 'the revocation list will be published within seconds, above the published one',
    'zh-CN': '撤销清单将在数秒内以高于已发布清单的编号重新发布',
  });
  return { data: asked, text: [line, ...dryRunLines(input)] };
}

async function subjectsOf(input: Input): Promise<{ scope: string; subjectId: string }[]> {
  const [entitlement, agreement] = [input.text('entitlement'), input.text('agreement')];
  if (entitlement !== undefined) return [{ scope: 'entitlement', subjectId: entitlement }];
  if (agreement !== undefined) {
    return [{ scope: 'agreement', subjectId: (await agreementOf(input, agreement)).id }];
  }
  return input.argumentList('ACTIVATION').map((subjectId) => ({ scope: 'activation', subjectId }));
}

/** Several are rehearsed first, so that one that is refused stops all of them. */
async function revokeAll(
  input: Input,
  subjects: readonly { scope: string; subjectId: string }[],
  reason: string,
): Promise<RevocationRow[]> {
  const rehearse = subjects.length > 1 && !input.has('dry-run');
  for (const subject of rehearse ? subjects : []) {
    const sent = { query: { dryRun: 'true' }, body: { ...subject, reason } };
    await callServer(input, 'POST /v1/revocations', sent);
  }
  const made: RevocationRow[] = [];
  for (const subject of subjects) {
    made.push((await changeOnServer(input, 'POST /v1/revocations', { ...subject, reason })) as RevocationRow);
  }
  return made;
}

async function list(input: Input): Promise<Outcome> {
  const rows = await listAll<RevocationRow>(input, '/v1/revocations', 'revocations', ({ id }) => id);
  const { say } = input.context;
  return {
    data: { revocations: rows },
    text: [
      say({ en: `revocations (${rows.length})`, 'zh-CN': `撤销（${rows.length}）` }),
      ...lines(input, rows),
    ],
  };
}

function answer(input: Input, rows: readonly RevocationRow[]): Outcome {
  const { say } = input.context;
  const waits = rows.some(({ state }) => state === 'pending');
  const hint = say({
    en: 'a second person confirms it: imprint licence revoke --confirm ID',
    'zh-CN': '须由第二人确认：imprint licence revoke --confirm ID',
  });
  return {
    data: { revocations: rows },
    text: [...lines(input, rows), ...(waits ? [hint] : []), ...dryRunLines(input)],
  };
}

function lines({ context: { say } }: Input, rows: readonly RevocationRow[]): string[] {
  return columns(
    rows.map((row) => [
      row.id,
      [
        row.scope,
        row.subjectId,
        row.reason,
        say({ en: `devices ${row.devices}`, 'zh-CN': `设备 ${row.devices} 台` }),
        ...(row.undoes === undefined
          ? []
          : [
              say({
                en: `undoes ${row.undoes} (${row.undoReason})`,
                'zh-CN': `解除 ${row.undoes}（${row.undoReason}）`,
              }),
            ]),
        say(states[row.state]),
      ].join('  '),
    ]),
  );
}
