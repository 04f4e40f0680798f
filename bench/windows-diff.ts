import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openContentStore, readLock } from '@imprint/edition';
import { isWindowsLock, type WindowsLock } from '@imprint/protocol';
import {
  checkImage,
  type ImageCheckInput,
} from '../packages/edition/src/drivers/windows/integrity/check-image.ts';
import { classifyWim } from '../packages/edition/src/drivers/windows/integrity/classify-wim.ts';
import { compareBlobs } from '../packages/edition/src/drivers/windows/integrity/compare-blobs.ts';
import { readImage } from '../packages/edition/src/drivers/windows/integrity/read-image.ts';
import { planWindows } from '../packages/edition/src/drivers/windows/plan/plan-windows.ts';
import { imageCache } from '../packages/edition/src/drivers/windows/press/base-index.ts';
import { findKeptImage, keptNames } from '../packages/edition/src/drivers/windows/press/kept-image.ts';
import { parseAgreement } from '../packages/edition/src/evidence/integrity/agreement.ts';

/** What a check of this lock's pressed image starts from. */
async function inputOf(
  lock: WindowsLock,
  home: string,
  pressed: string,
  cacheDir: string,
): Promise<ImageCheckInput> {
  const kept = await findKeptImage(pressed);
  if (kept === undefined) throw new TypeError(`expected a pressed image in ${pressed}`);
  const { method, added, hives } = kept.record;
  const store = openContentStore(join(home, 'store'));
  const agreed = lock.inputs.find(({ role }) => role === 'mutable-core')?.sha256 ?? '';
  return {
    ...{ lock, method, added, store, cacheDir },
    plan: planWindows(lock, { profile: 'preview' }),
    base: { file: store.path(lock.image.parts[0]?.sha256 ?? ''), index: lock.image.index, parts: [] },
    pressed: { file: join(pressed, keptNames.wim), index: 1, parts: [] },
    hives: hives.map(({ name, path }) => ({
      ...{ name, path },
      base: join(imageCache({ home, lock }), 'hives', name),
      edited: join(pressed, keptNames.hives, name),
    })),
    agreement: parseAgreement((await store.read(agreed)).toString('utf8'), agreed),
    decompress: false,
  };
}

/** Lists both images and classifies every path; added files count as what was staged. */
async function classify({ base, pressed, added, hives, lock, method, agreement }: ImageCheckInput) {
  const [before, after] = [await readImage(base), await readImage(pressed)];
  return classifyWim({
    ...{ base: before, pressed: after, origin: lock.image.name, method, agreement },
    added: added.map((file) => ({ ...file, observedSha256: file.sha256 })),
    hives: hives.map(({ path }) => ({ path, step: 'policy' })),
  });
}

/** Each says what it found; a violation would mean that something else was measured than meant. */
const checks: Readonly<Record<string, (input: ImageCheckInput) => Promise<unknown>>> = {
  start: async () => ({ violations: 0 }),
  blobs: async ({ base, pressed }) => {
    const { added, removed } = await compareBlobs(base, pressed);
    return { violations: 0, added: added.length, removed: removed.length };
  },
  paths: async (input) => (await classify(input)).counts,
  all: async (input) => (await checkImage(input)).classification.counts,
};

const [what = '', lockFile = '', home = '', pressed = ''] = process.argv.slice(2);
const check = checks[what];
const lock = await readLock(lockFile);
if (check === undefined || !isWindowsLock(lock))
  throw new TypeError('expected start, blobs, paths or all, and a Windows lock');
const cacheDir = await mkdtemp(join(home, 'check-'));
try {
  const found = (await check(await inputOf(lock, home, pressed, cacheDir))) as { violations: number };
  process.stdout.write(`${JSON.stringify(found)}\n`);
  if (found.violations > 0) process.exitCode = 1;
} finally {
  await rm(cacheDir, { recursive: true, force: true });
}
