import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import type { Transaction } from 'kysely';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import { findRelease } from '../../release/index.ts';
import { hashOf } from '../hash.ts';
import type { DdiContext, Tables } from './context.ts';
import { ddiError } from './errors.ts';
import type { DdiAction, DdiTarget, NewDdiAction, NewDdiTarget } from './model.ts';
import { blobPath } from './rules.ts';
import * as store from './store.ts';
import { actionView, targetView } from './views.ts';

type Trx = Transaction<Tables>;

/**
 * Issues the security token of one device, for the asker's agency or one below it; a device that has one gets another, and
 * the old one stops counting. The secret is in the answer only.
 * @throws ORGANISATION_AGENCY_UNKNOWN
 */
export function issueTarget(
  context: DdiContext,
  access: Access,
  wanted: NewDdiTarget,
): Promise<{ target: DdiTarget; secret: string }> {
  return context.database.transaction(access, async (trx) => {
    const at = context.clock.now();
    const secret = context.ids.secret();
    const row = await store.putTarget(trx, {
      id: context.ids.id(),
      agency_path: await agencyPathOf(trx, wanted.agencyId ?? access.agencyId),
      controller_id: wanted.controllerId,
      token_sha256: hashOf(secret),
      created_at: at,
      revoked_at: null,
      last_seen_at: null,
    });
    await note(trx, 'fleet.issue-ddi-token', access.actor, at, row);
    return { target: targetView(row), secret };
  });
}

/** Ends the token of a device; what it was told to do stays open for its next one. @throws FLEET_DDI_TARGET_UNKNOWN */
export async function revokeTarget(context: DdiContext, access: Access, id: string): Promise<void> {
  await context.database.transaction(access, async (trx) => {
    const at = context.clock.now();
    const row = await lockedTarget(trx, id);
    await store.revokeTarget(trx, id, at);
    await note(trx, 'fleet.revoke-ddi-token', access.actor, at, row);
  });
}

/**
 * Assigns an artifact of a published release to a device.
 * @throws FLEET_DDI_TARGET_UNKNOWN, FLEET_DDI_RELEASE_NOT_PUBLISHED, FLEET_DDI_ARTIFACT_UNKNOWN, FLEET_DDI_ARTIFACT_DAMAGED, FLEET_DDI_ACTION_OPEN
 */
export async function assign(
  context: DdiContext,
  access: Access,
  id: string,
  wanted: NewDdiAction,
): Promise<DdiAction> {
  const find = <R>(work: (trx: Trx) => Promise<R>) => context.database.transaction(access, work);
  if ((await find((trx) => store.findTarget(trx, id))) === undefined) {
    throw ddiError('FLEET_DDI_TARGET_UNKNOWN');
  }
  await context.register.load();
  const at = context.clock.now();
  const artifact = await find((trx) => publishedArtifact(trx, wanted, at));
  const sha1 = await verifiedSha1(context, artifact);
  return find(async (trx) => {
    const target = await lockedTarget(trx, id);
    const open = await store.openAction(trx, id);
    if (open !== undefined) throw ddiError('FLEET_DDI_ACTION_OPEN', { action: open.id });
    await publishedArtifact(trx, wanted, at);
    const { agency_path } = target;
    const row = await store.insertAction(trx, {
      agency_path,
      target_id: id,
      release_sha256: wanted.releaseSha256,
      version: artifact.version,
      artifact: artifact.name,
      artifact_sha256: artifact.sha256,
      artifact_sha1: sha1,
      size_bytes: artifact.sizeBytes,
      phase: 'open',
      assigned_at: at,
      changed_at: at,
    });
    const digests = { release: wanted.releaseSha256, artifact: artifact.sha256 };
    await note(trx, 'fleet.assign-ddi', access.actor, at, target, digests);
    return actionView(row, []);
  });
}

/** Asks a device to leave what it was told to do. @throws FLEET_DDI_TARGET_UNKNOWN, FLEET_DDI_ACTION_UNKNOWN */
export async function cancel(context: DdiContext, access: Access, id: string): Promise<void> {
  await context.database.transaction(access, async (trx) => {
    const at = context.clock.now();
    const target = await lockedTarget(trx, id);
    const open = await store.openAction(trx, id);
    if (open === undefined) throw ddiError('FLEET_DDI_ACTION_UNKNOWN');
    await store.setPhase(trx, open.id, 'cancelling', at);
    await note(trx, 'fleet.cancel-ddi', access.actor, at, target, { artifact: open.artifact_sha256 });
  });
}

async function lockedTarget(trx: Trx, id: string): Promise<store.TargetRow> {
  const row = await store.lockTarget(trx, id);
  if (row === undefined) throw ddiError('FLEET_DDI_TARGET_UNKNOWN');
  return row;
}

/** Writes an act about a target to the log. */
export async function note(
  trx: Trx,
  action: string,
  actor: string,
  at: Date,
  target: store.TargetRow,
  digests: Record<string, string> = {},
): Promise<void> {
  const subject = `ddi-target:${target.id}`;
  await record(trx, { at, action, actor, agencyPath: target.agency_path, subject, digests });
}

interface PublishedArtifact {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

async function publishedArtifact(trx: Trx, wanted: NewDdiAction, now: Date): Promise<PublishedArtifact> {
  const { releaseSha256: sha256 } = wanted;
  const row = await findRelease(trx, sha256);
  const state = row === undefined ? 'unknown' : row.expires_at <= now ? 'expired' : row.state;
  if (row === undefined || state !== 'current') {
    throw ddiError('FLEET_DDI_RELEASE_NOT_PUBLISHED', { sha256, state });
  }
  const { artifacts } = row.manifest as ReleaseManifest;
  const found = artifacts.find(({ name }) => name === wanted.artifact);
  if (found === undefined) {
    const expected = artifacts.map(({ name }) => name).join(', ');
    throw ddiError('FLEET_DDI_ARTIFACT_UNKNOWN', { expected, artifact: wanted.artifact });
  }
  const { name, digests, sizeBytes } = found;
  return { name, version: row.version, sha256: digests.sha256, sizeBytes };
}

/** SHA-1 of a published file, which DDI clients compare as a transfer check, once its SHA-256 is the approved one. */
async function verifiedSha1(context: DdiContext, artifact: PublishedArtifact): Promise<string> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  try {
    for await (const chunk of createReadStream(join(context.paths.repository, blobPath(artifact.sha256)))) {
      sha1.update(chunk as Buffer);
      sha256.update(chunk as Buffer);
    }
  } catch (error) {
    throw ddiError('FLEET_DDI_ARTIFACT_DAMAGED', { artifact: artifact.name }, { cause: error });
  }
  if (sha256.digest('hex') !== artifact.sha256) {
    throw ddiError('FLEET_DDI_ARTIFACT_DAMAGED', { artifact: artifact.name });
  }
  return sha1.digest('hex');
}
