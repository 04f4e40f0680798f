import { agencyIdOf } from '../../../platform/agency-path.ts';
import type { DdiAction, DdiTarget } from './model.ts';
import type { ActionRow, FeedbackRow, TargetRow } from './store.ts';

export function targetView(row: TargetRow): DdiTarget {
  return {
    id: row.id,
    tenant: agencyIdOf(row.agency_path),
    controllerId: row.controller_id,
    createdAt: row.created_at.toISOString(),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at.toISOString() }),
  };
}

export function actionView(row: ActionRow, feedback: readonly FeedbackRow[]): DdiAction {
  return {
    id: Number(row.id),
    phase: row.phase,
    releaseSha256: row.release_sha256,
    version: row.version,
    artifact: row.artifact,
    artifactSha256: row.artifact_sha256,
    sizeBytes: Number(row.size_bytes),
    assignedAt: row.assigned_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    feedback: feedback
      .filter(({ action_id }) => action_id === row.id)
      .map(({ at, execution, finished, details }) => ({
        at: at.toISOString(),
        execution,
        finished,
        details,
      })),
  };
}
