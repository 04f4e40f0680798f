import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { beginStage } from '../../../progress.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { filesOf } from './base-image.ts';
import { blobEntriesOf } from './blob-entries.ts';
import { isPayloadWim, type Payload, writePayloadWim } from './payload-wim.ts';
import { reportFraction } from './report-fraction.ts';
import type { WindowsShop } from './shop.ts';
import type { AddedFile } from './stage-files.ts';

/** A smaller file is compressed about as fast as a kept one is found. */
const payloadFromBytes = 1024 * 1024;

async function sha1Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha1');
  await pipeline(createReadStream(file, { highWaterMark: payloadFromBytes }), hash, { signal });
  return hash.digest('hex');
}

/** The large files that steps copy from the store, each content once, without those the base has. */
async function payloadsOf(
  { plan, base, signal }: WindowsShop,
  added: readonly AddedFile[],
): Promise<Payload[]> {
  const copied = new Set(
    plan.steps.flatMap(({ actions }) => actions.map((action) => action.kind === 'copy' && action.sha256)),
  );
  const large = added.filter(({ sha256, sizeBytes }) => copied.has(sha256) && sizeBytes > payloadFromBytes);
  const storage = await withWim(base.file, readWimHeader);
  if (storage.compression === 'none' || large.length === 0) return [];
  const vendors = new Set((await blobEntriesOf(filesOf(base))).map(({ sha1 }) => sha1));
  const payloads = new Map<string, Payload>();
  for (const { from, sha256, sizeBytes } of large) {
    if (payloads.has(sha256)) continue;
    const sha1 = await sha1Of(from, signal);
    if (!vendors.has(sha1)) payloads.set(sha256, { from, sha256, sha1, sizeBytes, storage });
  }
  return [...payloads.values()];
}

/** Where a compressed payload is kept, named by all that decides its stored bytes. */
export function payloadPath(
  { home, tools }: Pick<WindowsShop, 'home' | 'tools'>,
  { sha256, storage: { compression, chunkBytes } }: Pick<Payload, 'sha256' | 'storage'>,
): string {
  const name = `${sha256}-${compression}-${chunkBytes}-${tools.wimlib}.wim`;
  return join(home, 'cache', 'windows', 'payload', name);
}

/**
 * Has every large file that the edition copies compressed in a WIM of its own as the base compresses, and returns these
 * WIMs; those that earlier presses left are taken if they are whole. Without them a press takes longer, nothing else.
 *
 * @throws WINDOWS_TOOL_*
 */
export async function payloadWims(
  shop: WindowsShop,
  added: readonly AddedFile[],
): Promise<readonly string[]> {
  const { signal, work, report } = shop;
  const payloads = (await payloadsOf(shop, added)).map((payload) => ({
    payload,
    file: payloadPath(shop, payload),
  }));
  const missing: typeof payloads = [];
  for (const one of payloads) if (!(await isPayloadWim(one.file, one.payload, { signal }))) missing.push(one);
  const found = { done: payloads.length - missing.length, unit: 'files' } as const;
  if (found.done > 0) report({ at: new Date().toISOString(), stage: 'payload', kind: 'cached', ...found });
  if (missing.length > 0) {
    const stage = beginStage(report, 'payload', { total: missing.length, unit: 'files' });
    const options = { signal, onProgress: reportFraction(stage) };
    for (const { file, payload } of missing)
      await writePayloadWim(file, { payload, work: join(work, 'payload') }, options);
    stage.finish({ done: missing.length, unit: 'files' });
  }
  return payloads.map(({ file }) => file);
}
