import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Instant, Name, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { writeDurably } from '../../../platform/files.ts';
import { jsonFiles, parseDocument, readBounded } from '../ceremony/files.ts';
import type { ReleasePaths } from '../ceremony/paths.ts';

/** What a ring was served last, so that it can be served again; and why that failed. */
export const ServedRecord = Type.Object({
  schema: Type.Literal('imprint/served-ring/v1'),
  edition: Name,
  ring: Name,
  channel: Name,
  version: Type.String(),
  lockSha256: Sha256,
  servedAt: Instant,
  validUntil: Instant,
  validDays: Type.Optional(Type.Integer({ minimum: 1 })),
  problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), at: Instant })),
});
export type ServedRecord = Static<typeof ServedRecord>;

const fileOf = (paths: ReleasePaths, { edition, ring }: Pick<ServedRecord, 'edition' | 'ring'>) =>
  join(paths.rings, edition, `${ring}.json`);

export const keepServed = (paths: ReleasePaths, record: ServedRecord): Promise<void> =>
  writeDurably(fileOf(paths, record), `${JSON.stringify(record, undefined, 2)}\n`);

/** What is served to which ring, by edition and ring. @throws RELEASE_FILE_MALFORMED, RELEASE_DOCUMENT_INVALID */
export async function servedRings(paths: ReleasePaths): Promise<ServedRecord[]> {
  const editions = await readdir(paths.rings, { withFileTypes: true }).catch(() => []);
  const found: ServedRecord[] = [];
  for (const { name } of editions.filter((entry) => entry.isDirectory())) {
    for (const file of await jsonFiles(join(paths.rings, name))) {
      const path = join(paths.rings, name, file);
      found.push(parseDocument(ServedRecord, await readBounded(path, 'a served ring', 65_536), path));
    }
  }
  return found.sort((a, b) => (`${a.edition} ${a.ring}` < `${b.edition} ${b.ring}` ? -1 : 1));
}

/** Whether a ring's suite is to be signed again: once less than half of its time is left. */
export function isRingDue({ servedAt, validUntil }: ServedRecord, now: Date): boolean {
  const [from, to] = [Date.parse(servedAt), Date.parse(validUntil)];
  return to - now.getTime() < (to - from) / 2;
}
