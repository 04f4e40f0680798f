import { constants, copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { storeError } from '../../../store/errors.ts';
import { sha256OfFile } from '../../../store/index.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import type { WindowsAction } from '../model.ts';
import type { WimUpdate } from '../tools/wimlib.ts';
import type { BaseIndex } from './base-index.ts';
import { targetOf } from './check-target.ts';
import { windowsPressError } from './errors.ts';
import { refuseDeviceState } from './refuse-device-state.ts';
import type { WindowsShop } from './shop.ts';
import { type CatalogSigner, catalogOf, signCatalog } from './stage-catalog.ts';

/** A file the edition adds, ready on disk. */
export interface AddedFile {
  readonly path: string;
  readonly step: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Where it is staged. */
  readonly from: string;
}

export interface StagedFiles {
  readonly added: readonly AddedFile[];
  /** The list of every other added file; signed where the plan places it in the image. */
  readonly catalog: { readonly bytes: Uint8Array; readonly signed: boolean } | undefined;
  /** Makes the directories that are missing, then adds the files. */
  readonly updates: readonly WimUpdate[];
}

type FileAction = Extract<WindowsAction, { readonly path: string }>;

const byteOrderMark = '\ufeff';

/** The bytes of a text as Windows reads it. Source: learn.microsoft.com, "Byte Order Mark"; setup refuses one in UTF-8. */
export function encodeText(text: string, encoding: 'utf-8' | 'utf-16le'): Buffer {
  return encoding === 'utf-8' ? Buffer.from(text, 'utf8') : Buffer.from(byteOrderMark + text, 'utf16le');
}

/** Copies a blob of the store. @throws STORE_BLOB_DAMAGED */
async function copyBlob({ store }: WindowsShop, sha256: string, to: string): Promise<void> {
  await copyFile(store.path(sha256), to, constants.COPYFILE_FICLONE);
  const found = await sha256OfFile(to);
  if (found.sha256 !== sha256) throw storeError('STORE_BLOB_DAMAGED', { sha256, directory: store.directory });
}

async function place(
  shop: WindowsShop,
  action: FileAction,
  to: string,
  { added, signer }: { readonly added: readonly AddedFile[]; readonly signer: CatalogSigner | undefined },
): Promise<void> {
  if (action.kind === 'write') return writeFile(to, encodeText(action.text, action.encoding));
  if (action.kind === 'copy') return copyBlob(shop, action.sha256, to);
  if (signer === undefined) throw new TypeError('a catalog in the image has a signer');
  return signCatalog(shop, await catalogOf(shop, added), to, signer);
}

interface FileWish {
  readonly step: string;
  readonly action: FileAction;
}

/** What the plan adds, in its order; catalogs last, since they speak for the others. */
function fileWishes({ plan }: WindowsShop): readonly FileWish[] {
  const wishes = plan.steps.flatMap(({ id: step, actions }) =>
    actions.flatMap((action) => ('path' in action ? [{ step, action }] : [])),
  );
  const isCatalog = ({ action }: FileWish) => action.kind === 'catalog';
  return [...wishes.filter((wish) => !isCatalog(wish)), ...wishes.filter(isCatalog)];
}

/** Refuses a path that two steps add. @throws WINDOWS_PRESS_TWICE */
function checkOnce(wishes: readonly FileWish[]): void {
  const steps = new Map<string, string>();
  for (const { step, action } of wishes) {
    const first = steps.get(foldPath(action.path));
    if (first !== undefined)
      throw windowsPressError('WINDOWS_PRESS_TWICE', { path: action.path, first, second: step });
    steps.set(foldPath(action.path), step);
  }
}

/** Gives what is staged the plan's date right before it is added: reading a file sets its access time. */
export async function pinStagedTimes(staged: StagedFiles, sourceDateEpoch: number): Promise<void> {
  for (const update of staged.updates)
    if (update.kind === 'add') await utimes(update.from, sourceDateEpoch, sourceDateEpoch);
}

/** A directory of its own for each that is added: being read gives the next one another access time. */
async function emptyDirectory(directory: string, position: number): Promise<string> {
  const path = join(directory, `directory-${position}`);
  await mkdir(path);
  return path;
}

async function evidenceCatalog(
  shop: WindowsShop,
  added: readonly AddedFile[],
  signed: AddedFile | undefined,
) {
  if (signed !== undefined) return { bytes: await readFile(signed.from), signed: true };
  return added.length === 0 ? undefined : { bytes: await catalogOf(shop, added), signed: false };
}

/**
 * Stages every file the plan adds, in the plan's order, after checking that each has a place of its own.
 *
 * @throws WINDOWS_PRESS_*, WINDOWS_WIM_PATH, WINDOWS_SIGNATURE_FAILED, STORE_BLOB_DAMAGED
 */
export async function stageFiles(
  shop: WindowsShop,
  index: BaseIndex,
  signer: CatalogSigner | undefined,
): Promise<StagedFiles> {
  const directory = join(shop.work, 'stage');
  await mkdir(directory);
  const wishes = fileWishes(shop);
  checkOnce(wishes);
  refuseDeviceState([...index.values(), ...wishes.map(({ action }) => action)].map(({ path }) => path));
  const stage = beginStage(shop.report, 'stage', { total: wishes.length, unit: 'files' });
  const made = new Map<string, string>();
  const [added, updates]: [AddedFile[], WimUpdate[]] = [[], []];
  let signed: AddedFile | undefined;
  for (const { step, action } of wishes) {
    shop.signal?.throwIfAborted();
    const { path, directories } = targetOf(index, made, { path: action.path, step });
    // Named by position: wimlib stores new files in the order of their names.
    const from = join(directory, String(added.length).padStart(6, '0'));
    await place(shop, action, from, { added, signer });
    for (const to of directories)
      updates.push({ kind: 'add', from: await emptyDirectory(directory, updates.length), to });
    updates.push({ kind: 'add', from, to: path });
    const file = { path, step, from, ...(await sha256OfFile(from)) };
    if (action.kind === 'catalog') signed = file;
    added.push(file);
    stage.report({ kind: 'progress', done: added.length, total: wishes.length, unit: 'files' });
  }
  stage.finish({ done: added.length, unit: 'files' });
  return { added, catalog: await evidenceCatalog(shop, added, signed), updates };
}
