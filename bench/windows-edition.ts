import { createCipheriv } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ContentStore, openContentStore, readLock, silentReporter, writeLock } from '@imprint/edition';
import { isWindowsLock, type LockedInput, type WindowsLock } from '@imprint/protocol';
import { planWindows } from '../packages/edition/src/drivers/windows/plan/plan-windows.ts';
import { sampleWindowsLock } from '../packages/edition/src/drivers/windows/plan/sample-windows-lock.ts';
import { openBaseImage } from '../packages/edition/src/drivers/windows/press/base-image.ts';
import type { PressedImage } from '../packages/edition/src/drivers/windows/press/kept-image.ts';
import { pressImage } from '../packages/edition/src/drivers/windows/press/press-image.ts';
import { probeMount } from '../packages/edition/src/drivers/windows/press/probe-mount.ts';
import { toolVersions } from '../packages/edition/src/drivers/windows/press/tool-versions.ts';
import { listImage } from '../packages/edition/src/drivers/windows/tools/wimlib.ts';

const root = resolve(import.meta.dirname, '..');
const mebibyte = 1024 * 1024;
const agentBytes = 72 * mebibyte;
const installerBytes = 60 * mebibyte;

/** As large as the agent, and code of a real program: the beginning of the Node that runs this. */
async function agentLike(): Promise<Buffer> {
  const handle = await open(process.execPath);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(agentBytes), 0, agentBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** As installers are, packed: bytes that do not compress. */
function installerLike(): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
    Buffer.alloc(installerBytes),
  );
}

async function inputsOf(store: ContentStore, { inputs }: WindowsLock): Promise<LockedInput[]> {
  const contents: Readonly<Record<string, () => Promise<Buffer> | Buffer>> = {
    'imprint-agent': agentLike,
    'gov-antivirus': installerLike,
    'vendor-policy.json': () => readFile(join(root, 'editions/gov-desktop-windows/vendor-policy.json')),
    'gov-root.crt': () => readFile(join(root, 'editions/gov-base/roots/gov-root.crt')),
    'root.json': () => Buffer.from('{}\n'),
  };
  const locked: LockedInput[] = [];
  for (const { role, name } of inputs) {
    const content = contents[name];
    if (content === undefined) throw new TypeError(`the sample has an input "${name}" nobody made`);
    locked.push({ role, name, ...(await store.putBytes(await content())) });
  }
  return locked;
}

/** Locks the sample edition on an image, which goes into the store of a home. */
export async function lockEdition(wim: string, home: string): Promise<WindowsLock> {
  const store = openContentStore(join(home, 'store'));
  const sample = sampleWindowsLock();
  const digests = new Map((await listImage(wim, 1)).map(({ path, sha1 }) => [path, sha1]));
  const hives = sample.image.hives.map((hive) => ({ ...hive, sha1: digests.get(hive.path) ?? '' }));
  const image = await store.putFile(wim);
  return {
    ...sample,
    manifest: { ...sample.manifest, outputs: ['wim'] },
    image: { ...sample.image, hives, parts: [{ name: 'install.wim', ...image }] },
    inputs: await inputsOf(store, sample),
  };
}

/** Writes the lock with the screen locked after other minutes. */
export async function writeOtherPolicy(lock: WindowsLock, minutes: number, file: string): Promise<void> {
  const policy = { ...lock.manifest.policy, screenLock: `${minutes}m` };
  await writeLock(file, { ...lock, manifest: { ...lock.manifest, policy } });
}

/** Presses the image of a locked edition, as a build does before its outputs and evidence. */
export async function pressEdition(lockFile: string, home: string): Promise<PressedImage> {
  const lock = await readLock(lockFile);
  if (!isWindowsLock(lock)) throw new TypeError('expected the lock of a Windows edition');
  const work = join(home, 'run', 'press');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const store = openContentStore(join(home, 'store'));
    const plan = planWindows(lock, { profile: 'preview' });
    const base = await openBaseImage(lock.image, store, work);
    const method = (await probeMount(work)) === undefined ? 'in-place' : 'replaced';
    const tools = await toolVersions(plan);
    const common = { plan, lock, home, store, work, base, method, tools } as const;
    return await pressImage({ ...common, catalogKey: undefined, report: silentReporter });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
