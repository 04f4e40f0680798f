import type { Localized } from '@imprint/protocol';
import type { Flag, Input, Outcome } from './command.ts';
import { cliError } from './errors.ts';
import { readBounded } from './read-file.ts';
import { callServer } from './server-api.ts';

/** Dividing a million devices takes a while. */
export const planningTimeoutMs = 600_000;

/** What the commands read of a rollout. */
export interface RolloutRow {
  readonly id: string;
  readonly environment: string;
  readonly edition: string;
  readonly channel: string;
  readonly version: string;
  readonly state: string;
}

/** A sentence of the engine or of a person. */
export type Said = Localized & { readonly code: string };

/** The one reason that acts on a rollout ask for. */
export const whyFlag: Flag = {
  name: 'reason',
  type: 'string',
  value: 'TEXT',
  required: true,
  summary: { en: 'why, for everyone to read', 'zh-CN': '理由，供各方阅读' },
};

export const rolloutArgument = {
  name: 'ROLLOUT',
  summary: { en: 'id of the rollout', 'zh-CN': '升级的编号' },
};

/** Does something to a rollout and says that it is done. */
export async function actOnRollout(
  input: Input,
  act: string,
  done: Localized,
  more: object = {},
): Promise<Outcome> {
  const id = input.argument('ROLLOUT');
  const reason = input.requiredText('reason');
  await callServer(input, `POST /v1/rollouts/${encodeURIComponent(id)}/${act}`, {
    body: { reason, ...more },
  });
  return { data: { rollout: id, act, reason }, text: [`${id}  ${input.context.say(done)}`] };
}

const mostBytes = 4 * 1024 * 1024;

/** A JSON object from a file. @throws CLI_FILE_MALFORMED, CLI_FILE_TOO_LARGE, and what the file system says */
export async function readJson(input: Input, file: string): Promise<object> {
  const bytes = await readBounded(input.context.path(file), mostBytes);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw cliError('CLI_FILE_MALFORMED', { expected: 'JSON', file }, { cause });
  }
  throw cliError('CLI_FILE_MALFORMED', { expected: 'a JSON object', file });
}
