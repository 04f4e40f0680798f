import type { Transaction } from 'kysely';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import { serviceContext } from '../../../platform/database/index.ts';
import { findRelease } from '../../release/index.ts';
import { hashOf } from '../hash.ts';
import { note } from './actions.ts';
import type { DdiContext, Tables } from './context.ts';
import { ddiError } from './errors.ts';
import type { Feedback } from './model.ts';
import {
  deploymentDocument,
  keptDetails,
  phaseAfter,
  phaseAfterCancel,
  pollingSleep,
  targetTokenOf,
} from './rules.ts';
import * as store from './store.ts';

type Trx = Transaction<Tables>;

/** Whom a request of a client claims to be, and what it shows for it. */
export interface Caller {
  readonly tenant: string;
  readonly controllerId: string;
  readonly authorization: string | undefined;
  /** What the client reached us by. */
  readonly origin: string;
}

const lately = 600_000;

/** Runs work as the target whose token the caller shows. @throws FLEET_DDI_TOKEN */
async function asTarget<R>(
  context: DdiContext,
  caller: Caller,
  work: (trx: Trx, target: store.TargetRow) => Promise<R>,
): Promise<R> {
  const secret = targetTokenOf(caller.authorization);
  if (secret === undefined) throw ddiError('FLEET_DDI_TOKEN');
  const target = await context.database.transaction(serviceContext('ddi'), (trx) =>
    store.targetOfToken(trx, hashOf(secret)),
  );
  const isOwn =
    target?.controller_id === caller.controllerId && agencyIdOf(target.agency_path) === caller.tenant;
  if (target === undefined || !isOwn) throw ddiError('FLEET_DDI_TOKEN');
  const access = { agencyPath: target.agency_path, actor: `device:${target.id}` };
  return context.database.transaction(access, (trx) => work(trx, target));
}

/** True while the register has the release of an action as approved, published and not expired. */
async function isOffered(trx: Trx, action: store.ActionRow, now: Date): Promise<boolean> {
  const release = await findRelease(trx, action.release_sha256);
  if (release === undefined || release.expires_at <= now) return false;
  return release.state === 'current' || release.state === 'superseded';
}

/** Answers a poll: how long to wait, and links to what there is to do. @throws FLEET_DDI_TOKEN */
export async function poll(context: DdiContext, caller: Caller) {
  await context.register.load();
  return asTarget(context, caller, async (trx, target) => {
    const now = context.clock.now();
    await store.noteSeen(trx, target.id, now, new Date(now.getTime() - lately));
    const action = await store.openAction(trx, target.id);
    const installed = await store.installedAction(trx, target.id);
    const base = `${caller.origin}/ddi/${caller.tenant}/controller/v1/${caller.controllerId}`;
    const link = (name: string, id: number) => ({ [name]: { href: `${base}/${name}/${id}` } });
    const isOpen = action?.phase === 'open' && (await isOffered(trx, action, now));
    return {
      config: { polling: { sleep: pollingSleep(context.checkInSeconds) } },
      _links: {
        ...(isOpen ? link('deploymentBase', action.id) : {}),
        ...(action?.phase === 'cancelling' ? link('cancelAction', action.id) : {}),
        ...(installed === undefined ? {} : link('installedBase', installed.id)),
      },
    };
  });
}

/** Describes what a device is to install, or has. @throws FLEET_DDI_TOKEN, FLEET_DDI_ACTION_UNKNOWN */
export async function deployment(context: DdiContext, caller: Caller, id: number, phases: readonly string[]) {
  await context.register.load();
  return asTarget(context, caller, async (trx, target) => {
    const action = await store.lockAction(trx, target.id, id);
    const isThere = action !== undefined && phases.includes(action.phase);
    if (!isThere || !(await isOffered(trx, action, context.clock.now()))) {
      throw ddiError('FLEET_DDI_ACTION_UNKNOWN');
    }
    return deploymentDocument(caller.origin, action);
  });
}

/** Describes what a device is to leave. @throws FLEET_DDI_TOKEN, FLEET_DDI_ACTION_UNKNOWN */
export function cancellation(context: DdiContext, caller: Caller, id: number) {
  return asTarget(context, caller, async (trx, target) => {
    const action = await store.lockAction(trx, target.id, id);
    if (action?.phase !== 'cancelling') throw ddiError('FLEET_DDI_ACTION_UNKNOWN');
    return { id: String(id), cancelAction: { stopId: String(id) } };
  });
}

/**
 * Keeps what a device says of an action or its cancellation; an end changes the action and is logged. What comes after the end
 * changes nothing.
 * @throws FLEET_DDI_TOKEN, FLEET_DDI_ACTION_UNKNOWN
 */
export async function hear(
  context: DdiContext,
  caller: Caller,
  id: number,
  about: 'deployment' | 'cancellation',
  feedback: Feedback,
): Promise<void> {
  await asTarget(context, caller, async (trx, target) => {
    const action = await store.lockAction(trx, target.id, id);
    if (action === undefined) throw ddiError('FLEET_DDI_ACTION_UNKNOWN');
    const at = context.clock.now();
    await store.insertFeedback(trx, {
      agency_path: target.agency_path,
      action_id: id,
      at,
      execution: feedback.status.execution.replaceAll('\u0000', ' '),
      finished: feedback.status.result.finished.replaceAll('\u0000', ' '),
      details: keptDetails(feedback),
    });
    const after = (about === 'deployment' ? phaseAfter : phaseAfterCancel)(action.phase, feedback);
    if (after === undefined) return;
    await store.setPhase(trx, id, after, at);
    const digests = { release: action.release_sha256, artifact: action.artifact_sha256 };
    await note(trx, `fleet.ddi-${after}`, `device:${target.id}`, at, target, digests);
  });
}

/** Checks who calls where there is nothing to answer. @throws FLEET_DDI_TOKEN */
export const checkCaller = (context: DdiContext, caller: Caller): Promise<void> =>
  asTarget(context, caller, async () => undefined);
