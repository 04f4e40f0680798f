import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { IntegrityEntry } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { syncDirectory, systemCode } from '../files/durable.ts';
import type { Blob } from './blob.ts';
import {
  identityPath,
  type LocalPath,
  type Manifests,
  planReconcile,
  type ReconcileAction,
  reconciledEntries,
} from './reconcile-plan.ts';

/** What a path is called until it is whole; the same after each interruption, so nothing is left behind. */
const temporaryOf = (path: string): string => `${path}.imprint-new`;

const goneCodes = new Set(['ENOENT', 'ENOTDIR']);

function typeOf(stats: Stats): LocalPath['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

function lookAtPath(path: string, wantsDigest: boolean, buffer: Buffer): LocalPath | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const type = typeOf(stats);
    return {
      type,
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      ...(type === 'file' && wantsDigest ? { sha256: fileDigest(path, 'sha256', buffer).digest } : {}),
      ...(type === 'symlink' ? { link: readlinkSync(path) } : {}),
    };
  } catch (error) {
    if (goneCodes.has(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What has to change below `root`. Reads every file that the edition brings itself. */
export function reconcileActions(root: string, manifests: Manifests): ReconcileAction[] {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  return planReconcile(manifests, (path, wantsDigest) => lookAtPath(join(root, path), wantsDigest, buffer));
}

/** The content that an entry asks for. @throws AGENT_EVIDENCE_MALFORMED */
export function blobOf({ path, sha256, sizeBytes }: IntegrityEntry): Blob {
  if (sha256 === undefined || sizeBytes === undefined)
    throw agentError('AGENT_EVIDENCE_MALFORMED', { name: 'integrity', expected: `a digest of ${path}` });
  return { sha256, sizeBytes };
}

/** The identity of the release as its manifest lists it. @throws AGENT_EVIDENCE_MALFORMED */
export function identityEntry({ target }: Manifests): IntegrityEntry {
  const entry = target.find(({ path, type }) => path === identityPath && type === 'file');
  if (entry === undefined)
    throw agentError('AGENT_EVIDENCE_MALFORMED', { name: 'integrity', expected: identityPath });
  return entry;
}

/** Content that is needed: of each file that is to be written, and of the identity. */
export const neededBlobs = (actions: readonly ReconcileAction[], manifests: Manifests): Blob[] => {
  const written = actions.flatMap((action) => (action.kind === 'write' ? [blobOf(action.entry)] : []));
  const all = [...written, blobOf(identityEntry(manifests))];
  return [...new Map(all.map((blob) => [blob.sha256, blob])).values()];
};

function setAttributes(path: string, { uid, gid, mode }: IntegrityEntry): void {
  // Changing the owner drops setuid and setgid, so the mode comes after it.
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** A directory where a file has to be, or the other way round, is moved out of the way only when it is empty. */
function clearPlace(path: string, wanted: IntegrityEntry['type']): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isDirectory() && wanted !== 'directory') rmdirSync(path);
  if (!stats.isDirectory() && wanted === 'directory') rmSync(path);
}

/** Puts a file in place whole: copied beside it, checked, flushed, renamed. @throws AGENT_EVIDENCE_DIGEST */
export function putFile(path: string, entry: IntegrityEntry, blob: string): void {
  const temporary = temporaryOf(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(temporary, { force: true });
  copyFileSync(blob, temporary, constants.COPYFILE_EXCL);
  const { digest } = fileDigest(temporary, 'sha256', Buffer.allocUnsafe(1024 * 1024));
  if (digest !== entry.sha256) {
    rmSync(temporary, { force: true });
    throw agentError('AGENT_EVIDENCE_DIGEST', {
      name: entry.path,
      expected: entry.sha256 ?? '-',
      got: digest,
    });
  }
  setAttributes(temporary, entry);
  const held = openSync(temporary, 'r');
  try {
    fsyncSync(held);
  } finally {
    closeSync(held);
  }
  clearPlace(path, 'file');
  renameSync(temporary, path);
}

function putLink(path: string, entry: IntegrityEntry): void {
  const temporary = temporaryOf(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(temporary, { force: true });
  symlinkSync(entry.link ?? '', temporary);
  lchownSync(temporary, entry.uid, entry.gid);
  clearPlace(path, 'symlink');
  renameSync(temporary, path);
}

function putDirectory(path: string, entry: IntegrityEntry): void {
  clearPlace(path, 'directory');
  mkdirSync(path, { recursive: true, mode: 0o755 });
  setAttributes(path, entry);
}

function removePath(path: string, isDirectory: boolean): void {
  try {
    if (isDirectory) rmdirSync(path);
    else rmSync(path, { force: true });
  } catch (error) {
    // Somebody else's files lie in it, or it is gone.
    if (!['ENOTEMPTY', 'EEXIST', ...goneCodes].includes(systemCode(error) ?? '')) throw error;
  }
}

function act(root: string, action: ReconcileAction, blobFile: (sha256: string) => string): string {
  if (action.kind === 'remove') {
    removePath(join(root, action.path), action.isDirectory);
    return action.path;
  }
  const { entry } = action;
  const path = join(root, entry.path);
  if (action.kind === 'write') putFile(path, entry, blobFile(blobOf(entry).sha256));
  else if (action.kind === 'link') putLink(path, entry);
  else if (action.kind === 'directory') putDirectory(path, entry);
  else setAttributes(path, entry);
  return entry.path;
}

/** What dpkg and an interrupted attempt leave beside a file that the edition keeps itself. */
function sweep(root: string, manifests: Manifests): void {
  const known = new Set(manifests.target.map(({ path }) => path));
  for (const { path, type } of reconciledEntries(manifests)) {
    if (type === 'directory') continue;
    rmSync(join(root, temporaryOf(path)), { force: true });
    const beside = `${path}.dpkg-dist`;
    if (type === 'file' && !known.has(beside)) rmSync(join(root, beside), { force: true });
  }
}

/**
 * Carries actions out and makes them last. Each is whole or not done, and what is done is not asked for again.
 * @throws AGENT_EVIDENCE_DIGEST
 */
export function reconcile(
  root: string,
  manifests: Manifests,
  actions: readonly ReconcileAction[],
  blobFile: (sha256: string) => string,
): void {
  const touched = new Set(actions.map((action) => dirname(act(root, action, blobFile))));
  sweep(root, manifests);
  for (const directory of touched) {
    try {
      syncDirectory(join(root, directory));
    } catch (error) {
      if (!goneCodes.has(systemCode(error) ?? '')) throw error;
    }
  }
}

/** Writes the identity: from here on the release runs here. */
export function commit(root: string, manifests: Manifests, blobFile: (sha256: string) => string): void {
  const entry = identityEntry(manifests);
  const path = join(root, identityPath);
  putFile(path, entry, blobFile(blobOf(entry).sha256));
  syncDirectory(dirname(path));
}
