import type { BuildRecord } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import type { Clock } from '../../platform/clock.ts';
import type { AccessContext, Database } from '../../platform/database/index.ts';
import { type AssuranceTables, record as recordEntry } from '../assurance/index.ts';
import { editionError } from './errors.ts';
import type { Build } from './model.ts';
import { divergingFiles } from './rules.ts';
import { type BuildRow, buildOf, buildsOfLock, type EditionTables, findBuild, insertBuild } from './store.ts';

export interface EditionContext {
  readonly database: Database<EditionTables & AssuranceTables>;
  readonly clock: Clock;
}

/**
 * Registers a build; the same record again is the same build.
 * @throws EDITION_BUILD_DIVERGED when another build of the same lock and profile has other bytes
 */
export function registerBuild(
  context: EditionContext,
  access: AccessContext,
  record: BuildRecord,
): Promise<Build> {
  const sha256 = sha256Hex(canonicalJson(record));
  return context.database.transaction(access, async (trx) => {
    const known = await findBuild(trx, sha256);
    if (known !== undefined) return buildOf(known);
    for (const other of await buildsOfLock(trx, record.lockSha256, record.profile)) {
      const files = divergingFiles(other.record as BuildRecord, record);
      if (files.length > 0) {
        throw editionError('EDITION_BUILD_DIVERGED', { lock: record.lockSha256, files: files.join(', ') });
      }
    }
    const at = context.clock.now();
    const row: BuildRow = {
      sha256,
      edition: record.edition,
      version: record.version,
      profile: record.profile,
      lock_sha256: record.lockSha256,
      record,
      registered_at: at,
      registered_by: access.actor,
    };
    if (await insertBuild(trx, row)) {
      await recordEntry(trx, {
        at,
        action: 'edition.register-build',
        actor: access.actor,
        agencyPath: access.agencyPath,
        subject: `build:${sha256}`,
        digests: { build: sha256, lock: record.lockSha256 },
      });
    }
    return buildOf(row);
  });
}
