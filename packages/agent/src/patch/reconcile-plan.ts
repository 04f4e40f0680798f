import { type IntegrityEntry, isLooseFile } from '@imprint/protocol';

/** One path as it is on the device. */
export interface LocalPath {
  readonly type: IntegrityEntry['type'] | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sha256?: string;
  readonly link?: string;
}

export type ReconcileAction =
  | { readonly kind: 'write' | 'link' | 'directory' | 'attributes'; readonly entry: IntegrityEntry }
  | { readonly kind: 'remove'; readonly path: string; readonly isDirectory: boolean };

/** The file whose writing says that the release runs here. */
export const identityPath = '/usr/lib/imprint/edition.json';

/** Left to the packages that keep them: dpkg's and apt's own records, and the links that GRUB starts by. */
const packageOwned = [
  /^\/var\/lib\/(dpkg|apt)(\/|$)/,
  /^\/(vmlinuz|initrd\.img)(\.old)?$/,
  /^\/boot\/(vmlinuz|initrd\.img)(\.old)?$/,
];
const own: ReadonlySet<string> = new Set(['step', 'agreed', 'clean-build']);

/** True for what no package brings as it is, and a running system does not rewrite: loose files, and directories and links of that kind. */
export function isReconciled(entry: IntegrityEntry): boolean {
  if (packageOwned.some((pattern) => pattern.test(entry.path))) return false;
  if (entry.type === 'file') return isLooseFile(entry);
  const isOther = entry.type === 'directory' || entry.type === 'symlink';
  return isOther && entry.volatile !== true && own.has(entry.evidence);
}

const hasSameAttributes = (entry: IntegrityEntry, local: LocalPath): boolean =>
  entry.uid === local.uid &&
  entry.gid === local.gid &&
  (entry.type === 'symlink' || entry.mode === local.mode);

function actionFor(entry: IntegrityEntry, local: LocalPath | undefined): ReconcileAction | undefined {
  if (entry.type === 'directory') {
    if (local?.type !== 'directory') return { kind: 'directory', entry };
    return hasSameAttributes(entry, local) ? undefined : { kind: 'attributes', entry };
  }
  if (entry.type === 'symlink')
    return local?.type === 'symlink' && local.link === entry.link && hasSameAttributes(entry, local)
      ? undefined
      : { kind: 'link', entry };
  if (local?.type !== 'file' || local.sha256 !== entry.sha256) return { kind: 'write', entry };
  return hasSameAttributes(entry, local) ? undefined : { kind: 'attributes', entry };
}

/**
 * A configuration file that the edition had changed and now leaves to its package: dpkg takes the edition's text for a person's and keeps it.
 */
export function isHandedBack(entry: IntegrityEntry, before: IntegrityEntry | undefined): boolean {
  return (
    entry.evidence === 'package' &&
    entry.type === 'file' &&
    entry.volatile !== true &&
    before?.type === 'file' &&
    before.class === 'modified' &&
    isReconciled(before)
  );
}

export interface Manifests {
  readonly target: readonly IntegrityEntry[];
  /** Of the release that ran; without it nothing is removed. */
  readonly running?: readonly IntegrityEntry[] | undefined;
}

/** The entries that are looked at, directories before what lies in them. The identity is not among them: it is written last. */
export function reconciledEntries({ target, running = [] }: Manifests): IntegrityEntry[] {
  const before = new Map(running.map((entry) => [entry.path, entry]));
  return target
    .filter((entry) => isReconciled(entry) || isHandedBack(entry, before.get(entry.path)))
    .filter(({ path }) => path !== identityPath)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * What has to change so that what no package brings is as approved: writes in order, then removals, deepest first. Removed is only what
 * the edition itself had put there. Done once, it gives nothing more to do.
 */
export function planReconcile(
  manifests: Manifests,
  local: (path: string, wantsDigest: boolean) => LocalPath | undefined,
): ReconcileAction[] {
  const actions = reconciledEntries(manifests).flatMap((entry) => {
    const action = actionFor(entry, local(entry.path, entry.type === 'file'));
    return action === undefined ? [] : [action];
  });
  const known = new Set(manifests.target.map(({ path }) => path));
  const gone = (manifests.running ?? [])
    .filter((entry) => entry.class === 'overlay' && isReconciled(entry) && !known.has(entry.path))
    .filter(({ path }) => local(path, false) !== undefined)
    .sort((a, b) => (a.path > b.path ? -1 : 1))
    .map(({ path, type }) => ({ kind: 'remove' as const, path, isDirectory: type === 'directory' }));
  return [...actions, ...gone];
}
