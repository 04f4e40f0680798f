import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { hivePaths } from '../data/hives.ts';
import { trustRootEdits } from '../formats/certificate-blob.ts';
import type { RegistryEdit } from '../formats/reg/model.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import type { HiveName } from '../model.ts';
import { registryEdit } from '../registry-edit.ts';
import { editHive } from '../tools/hivexregedit.ts';
import { baseHives } from './base-hives.ts';
import type { BaseIndex } from './base-index.ts';
import { windowsPressError } from './errors.ts';
import type { WindowsShop } from './shop.ts';

/** A hive that steps asked to edit. */
export interface EditedHive {
  readonly name: HiveName;
  /** As the image spells it. */
  readonly path: string;
  readonly base: string;
  readonly edited: string;
  /** False when every wish was already so; the image's hive then stays. */
  readonly isChanged: boolean;
}

interface Wishes {
  readonly edits: RegistryEdit[];
  /** The first step that edits the hive. */
  readonly step: string;
}

/** Every hive's edits from all steps, in the plan's order. */
async function wishesOf({ plan, store }: WindowsShop): Promise<Map<HiveName, Wishes>> {
  const wishes = new Map<HiveName, Wishes>();
  const add = (hive: HiveName, step: string, edits: readonly RegistryEdit[]) => {
    const known = wishes.get(hive) ?? { edits: [], step };
    known.edits.push(...edits);
    wishes.set(hive, known);
  };
  for (const { id, actions } of plan.steps)
    for (const action of actions) {
      if (action.kind === 'registry') add(action.hive, id, action.edits.map(registryEdit));
      if (action.kind === 'trust-certificate')
        add('software', id, trustRootEdits(await store.read(action.sha256)));
    }
  return wishes;
}

/**
 * Finds where a hive lies in this image, and that it is the one that was examined when the lock was made.
 *
 * @throws WINDOWS_PRESS_HIVE_MISSING, WINDOWS_PRESS_HARD_LINK, WINDOWS_PRESS_HIVE_CHANGED
 */
function hivePath({ lock }: WindowsShop, index: BaseIndex, name: HiveName, step: string): string {
  const wanted = hivePaths[name];
  const found = index.get(foldPath(wanted));
  if (found === undefined || found.isDirectory)
    throw windowsPressError('WINDOWS_PRESS_HIVE_MISSING', { path: wanted, step });
  const { path, linkCount, sha1: got = 'none' } = found;
  if (linkCount > 1) throw windowsPressError('WINDOWS_PRESS_HARD_LINK', { path, step, links: linkCount });
  const locked = lock.image.hives.find((hive) => foldPath(hive.path) === foldPath(wanted));
  if (locked !== undefined && locked.sha1 !== got)
    throw windowsPressError('WINDOWS_PRESS_HIVE_CHANGED', { path, expected: locked.sha1, got });
  return path;
}

/**
 * Edits the hives the plan names, each in one go and always from the base's, and returns them by name.
 *
 * @throws WINDOWS_PRESS_HIVE_MISSING, WINDOWS_PRESS_HARD_LINK, WINDOWS_PRESS_HIVE_CHANGED, WINDOWS_HIVE_*
 */
export async function editHives(
  shop: WindowsShop,
  index: BaseIndex,
  directory: string,
): Promise<readonly EditedHive[]> {
  const wishes = await wishesOf(shop);
  if (wishes.size === 0) return [];
  const stage = beginStage(shop.report, 'registry', { total: wishes.size, unit: 'files' });
  const spelled = new Map([...wishes].map(([name, { step }]) => [name, hivePath(shop, index, name, step)]));
  const bases = await baseHives(shop, spelled);
  await mkdir(directory, { recursive: true });
  const edited: EditedHive[] = [];
  for (const [name, { edits }] of [...wishes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [base = '', out] = [bases.get(name), join(directory, name)];
    const changes = await editHive({ base, edits, out, signal: shop.signal });
    const path = spelled.get(name) ?? '';
    edited.push({ name, path, base, edited: out, isChanged: changes.length > 0 });
    stage.report({ kind: 'progress', step: name, done: edited.length, total: wishes.size, unit: 'files' });
  }
  stage.finish({ done: edited.length, unit: 'files' });
  return edited;
}
