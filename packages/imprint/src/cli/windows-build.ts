import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChecklistSubject,
  type ContentStore,
  decodeAnyManifest,
  rootThumbprints,
  type WindowsBuildPlan,
} from '@imprint/edition';
import { readBuildRecord } from '../rooms/release/index.ts';
import { cliError } from './errors.ts';

/** Reads what a checklist is made from out of a build's directory. @throws CLI_BUILD_NOT_WINDOWS, RELEASE_FILE_* */
export async function checklistSubject(build: string, store: ContentStore): Promise<ChecklistSubject> {
  const record = await readBuildRecord(build);
  const integrityName = record.evidence.find(({ kind }) => kind === 'integrity')?.name ?? 'integrity.json.gz';
  const integrity = decodeAnyManifest(await readFile(join(build, 'evidence', integrityName)));
  if (integrity.schema !== 'imprint/integrity-wim/v1') throw cliError('CLI_BUILD_NOT_WINDOWS', { build });
  const plan = JSON.parse(await readFile(join(build, 'plan.json'), 'utf8')) as WindowsBuildPlan;
  return { record, plan, integrity, roots: await rootThumbprints(plan, store) };
}
