import { createHash } from 'node:crypto';
import { PostFailed, postPinned } from '../../../platform/http/post-pinned.ts';
import { enqueue } from '../../../platform/outbox/enqueue.ts';
import type { OutboxMessage } from '../../../platform/outbox/store.ts';
import type { Deliver, Outcome } from '../../../platform/outbox/worker.ts';
import { record } from '../../assurance/index.ts';
import type { LicensingContext } from '../context.ts';
import type { Tables, Trx } from '../tables.ts';
import { alertTopic } from './raise.ts';
import type { Alert } from './rules.ts';
import { targetKey, webhookHeaders } from './secret.ts';
import { type AlertTargetRow, findTarget, targetsFor } from './store.ts';
import { checkWebhook } from './targets.ts';
import { mailText, webhookBody } from './texts.ts';

/** Topic of an alert on its way to one target. */
export const deliveryTopic = 'licensing.alert-delivery';

const webhookMs = 10_000;

/** What the outbox does with this room's messages. */
export function alertHandlers(context: LicensingContext): Readonly<Record<string, Deliver<Tables>>> {
  return {
    [alertTopic]: (trx, message) => spread(context, trx, message),
    [deliveryTopic]: (trx, message) => deliverTo(context, trx, message),
  };
}

/** Makes one message for each target of the agency and of those above: each is delivered, or given up on, by itself. */
async function spread(context: LicensingContext, trx: Trx, message: OutboxMessage): Promise<Outcome> {
  const at = context.clock.now();
  const targets = await targetsFor(trx, message.agencyPath);
  await enqueue(
    trx,
    targets.map((target) => ({
      id: context.ids.id(),
      topic: deliveryTopic,
      agencyPath: target.agency_path,
      payload: { targetId: target.id, alert: message.payload },
      at,
    })),
  );
  return { state: 'delivered' };
}

/** What is sent: exactly these bytes, whatever becomes of them. */
interface Sending {
  readonly bytes: Uint8Array;
  readonly outcome: Outcome;
}

async function deliverTo(context: LicensingContext, trx: Trx, message: OutboxMessage): Promise<Outcome> {
  const { targetId, alert } = message.payload as { targetId: string; alert: Alert };
  const target = await findTarget(trx, targetId);
  if (target === undefined) return { state: 'refused', reason: 'target removed' };
  const send = target.kind === 'webhook' ? sendWebhook : sendMail;
  const sending = await send(context, target, message, alert);
  if ('state' in sending) return sending;
  // Whether the receiver took it or not, the bytes may have left: each attempt has its entry.
  await record(trx, {
    at: context.clock.now(),
    action: sending.outcome.state === 'delivered' ? 'licensing.alert' : 'licensing.alert-failed',
    actor: 'service:outbox',
    agencyPath: target.agency_path,
    subject: `alert-target:${target.id}/${message.id}`,
    digests: { body: createHash('sha256').update(sending.bytes).digest('hex') },
  });
  return sending.outcome;
}

async function sendWebhook(
  { policy, clock }: LicensingContext,
  target: AlertTargetRow,
  { id }: OutboxMessage,
  alert: Alert,
): Promise<Sending | Outcome> {
  const url = allowedUrl(policy, target.address);
  if (url === undefined) return { state: 'failed', reason: 'host not allowed' };
  const bytes = webhookBody(alert);
  const signed = webhookHeaders(targetKey(policy.webhookSecret, target.id), {
    id,
    body: bytes,
    at: clock.now(),
  });
  const headers = { 'content-type': 'application/json', 'user-agent': 'imprint', ...signed };
  try {
    return {
      bytes,
      outcome: outcomeOf(await postPinned(url, { headers, body: bytes, timeoutMs: webhookMs })),
    };
  } catch (error) {
    if (!(error instanceof PostFailed)) throw error;
    return { bytes, outcome: { state: 'failed', reason: error.message } };
  }
}

/** The settings may have changed since the target was made: a host that is no longer allowed gets nothing. */
function allowedUrl(policy: LicensingContext['policy'], address: string): URL | undefined {
  try {
    return checkWebhook(policy, address);
  } catch {
    return undefined;
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { state: 'delivered' };
  // 410: the receiver says that it is gone for good (Standard Webhooks 1.0.0, "Responses").
  return { state: status === 410 ? 'refused' : 'failed', reason: `status ${status}` };
}

async function sendMail(
  { policy }: LicensingContext,
  target: AlertTargetRow,
  { id, createdAt }: OutboxMessage,
  alert: Alert,
): Promise<Sending | Outcome> {
  if (policy.mail === undefined) return { state: 'failed', reason: 'no mail relay' };
  const mail = { id, to: target.address, date: createdAt, ...mailText(alert) };
  const bytes = await policy.mail.compose(mail);
  try {
    await policy.mail.send(mail, bytes);
    return { bytes, outcome: { state: 'delivered' } };
  } catch (error) {
    return { bytes, outcome: { state: 'failed', reason: smtpReason(error) } };
  }
}

/** A relay's words may hold an address: its codes are enough. */
function smtpReason(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const parts = [
    typeof code === 'string' ? code : 'mail',
    ...(typeof responseCode === 'number' ? [responseCode] : []),
  ];
  return parts.join(' ');
}
