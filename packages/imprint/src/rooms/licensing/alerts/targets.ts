import { agencyIdOf } from '../../../platform/agency-path.ts';
import { type AccessContext, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { isAllowedHost, isLoopbackHost } from '../../../platform/http/outbound-hosts.ts';
import { mailAddressPattern } from '../../../platform/mail.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import type { LicensingContext, LicensingPolicy } from '../context.ts';
import { alertError } from './errors.ts';
import type { AlertTarget, MadeAlertTarget, NewAlertTarget } from './model.ts';
import { secretText, targetKey } from './secret.ts';
import { type AlertTargetRow, insertTarget, removeTargetRow } from './store.ts';

/**
 * Adds a place that alerts of an agency and of those below it go to. A webhook's secret is in the answer only.
 * @throws LICENSING_ALERT_ADDRESS_INVALID, LICENSING_ALERT_HOST_REFUSED, LICENSING_ALERT_MAIL_OFF, ORGANISATION_AGENCY_UNKNOWN
 */
export function addTarget(
  context: LicensingContext,
  access: Access,
  wanted: NewAlertTarget,
  dryRun: boolean,
): Promise<MadeAlertTarget> {
  const address = checkAddress(context.policy, wanted);
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const at = context.clock.now();
    const row: AlertTargetRow = {
      id: context.ids.id(),
      agency_path: await agencyPathOf(trx, wanted.agencyId ?? access.agencyId),
      kind: wanted.kind,
      address,
      created_at: at,
      removed_at: null,
    };
    await insertTarget(trx, row);
    const { actor } = access;
    const subject = `alert-target:${row.id}`;
    await record(trx, {
      at,
      action: 'licensing.add-alert-target',
      actor,
      agencyPath: row.agency_path,
      subject,
    });
    const key = targetKey(context.policy.webhookSecret, row.id);
    return { target: targetOf(row), ...(row.kind === 'webhook' ? { secret: secretText(key) } : {}) };
  });
}

/** Removes a target and its address; what is under way to it is given up. @throws LICENSING_ALERT_TARGET_UNKNOWN */
export function removeTarget(
  context: LicensingContext,
  access: AccessContext,
  id: string,
  dryRun: boolean,
): Promise<void> {
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const at = context.clock.now();
    const agencyPath = await removeTargetRow(trx, id, at);
    if (agencyPath === undefined) throw alertError('LICENSING_ALERT_TARGET_UNKNOWN', { target: id });
    const { actor } = access;
    const subject = `alert-target:${id}`;
    await record(trx, { at, action: 'licensing.remove-alert-target', actor, agencyPath, subject });
  });
}

function checkAddress(policy: LicensingPolicy, { kind, address }: NewAlertTarget): string {
  if (kind === 'webhook') return checkWebhook(policy, address).href;
  if (!new RegExp(mailAddressPattern).test(address)) {
    throw alertError('LICENSING_ALERT_ADDRESS_INVALID', { expected: 'user@host' });
  }
  if (policy.mail === undefined) throw alertError('LICENSING_ALERT_MAIL_OFF');
  return address;
}

/**
 * The URL of a webhook that the operator allows now.
 * @throws LICENSING_ALERT_ADDRESS_INVALID, LICENSING_ALERT_HOST_REFUSED
 */
export function checkWebhook({ webhookHosts }: Pick<LicensingPolicy, 'webhookHosts'>, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.hash === '';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!isPlain || !isSafe)
    throw alertError('LICENSING_ALERT_ADDRESS_INVALID', { expected: 'https://HOST/PATH' });
  if (!isAllowedHost(url, webhookHosts)) throw alertError('LICENSING_ALERT_HOST_REFUSED', { host: url.host });
  return url;
}

export function targetOf(row: AlertTargetRow): AlertTarget {
  return {
    id: row.id,
    agencyId: agencyIdOf(row.agency_path),
    kind: row.kind,
    address: row.address,
    createdAt: row.created_at.toISOString(),
  };
}
