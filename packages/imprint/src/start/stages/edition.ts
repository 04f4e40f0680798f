import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadedManifest, loadManifest, lockSha256, readLock } from '@imprint/edition';
import { type BuildRecord, type EditionLock, isWindowsLock } from '@imprint/protocol';
import { canonicalJson, hashFile } from '@imprint/trust';

import { ownArchiveKey } from '../../cli/archive-key.ts';
import { exists } from '../../cli/exists.ts';
import { releasePaths } from '../../rooms/release/index.ts';
import { editionDirectory, need } from '../facts.ts';
import type { Stage, StageContext } from '../stage.ts';

/** Resolves the manifest to digests, unless the lock at hand is of the same manifest and the same files. */
export const lock: Stage = {
  id: 'lock',
  title: {
    en: 'lock every package and file by digest, and fetch them',
    'zh-CN': '按摘要锁定全部软件包和文件并下载',
  },
  async run(context) {
    const { root, home, driver, facts } = context;
    const file = join(home.directory, 'edition.lock.json');
    const loaded = await loadManifest(join(root, editionDirectory, 'edition.yaml'));
    const standing = (await exists(file)) ? await readLock(file) : undefined;
    const isCurrent = standing !== undefined && (await isLockOf(standing, loaded, context));
    if (!isCurrent) await driver.run(['edition', 'lock', editionDirectory, '--out', file]);
    const locked = await readLock(file);
    facts.lockFile = file;
    facts.lockSha256 = lockSha256(locked);
    const packages = isWindowsLock(locked) ? [] : [...locked.base, ...locked.packages];
    facts.packages = packages.length;
    const sizeBytes = packages.reduce((sum, one) => sum + one.sizeBytes, 0);
    return { state: isCurrent ? 'kept' : 'done', sizeBytes, note: `${facts.packages} packages` };
  },
};

/** Upstream moves on and a lock does not: only what the edition itself says can make one stale. */
async function isLockOf(
  standing: EditionLock,
  loaded: LoadedManifest,
  { home }: StageContext,
): Promise<boolean> {
  if (!Buffer.from(canonicalJson(standing.manifest)).equals(canonicalJson(loaded.manifest))) return false;
  const pinned = join(releasePaths(home).root, 'root.json');
  const archiveKey = isWindowsLock(standing) ? undefined : await ownArchiveKey({ home });
  const files = [
    ...loaded.files,
    { role: 'release-root', path: pinned },
    ...(archiveKey === undefined ? [] : [{ role: 'archive-key', path: archiveKey }]),
  ];
  if (files.length !== standing.inputs.length) return false;
  for (const { role, path } of files) {
    const { sha256 } = await hashFile(path);
    if (!standing.inputs.some((input) => input.role === role && input.sha256 === sha256)) return false;
  }
  return true;
}

/** Builds from the lock; what an earlier build left is used layer by layer. */
export const build: Stage = {
  id: 'build',
  title: { en: 'build artifacts and evidence', 'zh-CN': '构建制品与证据' },
  async run({ home, driver, facts }) {
    const before = await standingRecords(home.builds);
    const answer = await driver.run(['edition', 'build', need(facts, 'lockFile')]);
    const { directory } = answer as { directory: string };
    const text = await readFile(join(directory, 'build.json'), 'utf8');
    const record = JSON.parse(text) as BuildRecord;
    facts.built = { directory, record };
    const sizeBytes = record.artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
    const { core, overlay, modified } = record.counts;
    const state = before.includes(text) ? 'kept' : 'done';
    return { state, sizeBytes, note: `${core} core, ${overlay} overlay, ${modified} modified` };
  },
};

/** The records of builds that stand already. */
async function standingRecords(builds: string): Promise<string[]> {
  const names = await readdir(builds).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(builds, name, 'build.json'), 'utf8').catch(() => '')));
}
