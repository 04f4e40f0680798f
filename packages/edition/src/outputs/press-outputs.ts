import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enter, type Inside } from '../engine/chroot.ts';
import { mountOverlay, unmount } from '../engine/mounts.ts';
import { asStepFailure } from '../engine/step-failure.ts';
import type { Workshop } from '../engine/workshop.ts';
import type { DebianOutputKind, PlannedOutput } from '../plan/model.ts';
import { beginStage } from '../progress.ts';
import type { TreeEntry } from '../tree/index.ts';
import { pressDisk } from './disk/press-disk.ts';
import { type OutputRecord, openOutputStore, outputKey } from './output-store.ts';
import type { PressContext, Presser, ToolContext } from './press-context.ts';
import { pressRootfs } from './rootfs/press-rootfs.ts';
import { pressSquashfs } from './squashfs/press-squashfs.ts';

type Press =
  | { readonly tools: false; readonly press: Presser }
  | { readonly tools: true; readonly press: Presser<ToolContext> };

const presses: Readonly<Record<DebianOutputKind, Press>> = {
  rootfs: { tools: false, press: pressRootfs },
  squashfs: { tools: false, press: pressSquashfs },
  disk: { tools: true, press: pressDisk },
};

export interface MergedTreeView {
  /** The merged tree, mounted read-only. */
  readonly root: string;
  readonly entries: readonly TreeEntry[];
  readonly sha256: string;
  mtimeOf(path: string): number;
}

/** The lock's own tools over the image's base, in a tree that is thrown away. */
async function enterTools(shop: Workshop): Promise<Inside> {
  const base = shop.plan.steps[0];
  if (base === undefined) throw new TypeError('a plan has a base');
  const upper = join(shop.work, 'tools-upper');
  await mkdir(upper);
  const lower = [shop.layers.upper(base.key), shop.layers.upper(shop.plan.tools.key)];
  return enter(await mountOverlay(shop.work, 'tools', lower, upper), {
    sourceDateEpoch: shop.plan.sourceDateEpoch,
    signal: shop.signal,
  });
}

/** Runs one press; with tools if it needs them, which are left again whatever happens. */
async function runPress(
  shop: Workshop,
  context: PressContext,
  output: PlannedOutput<DebianOutputKind>,
): Promise<void> {
  const { tools: needsTools, press } = presses[output.kind];
  if (!needsTools) return press(context, output);
  const tools = await enterTools(shop);
  try {
    const tree = await tools.show(context.root, 'tree');
    const out = await tools.show(context.directory, 'out', true);
    await press({ ...context, tools, tree, out }, output);
  } finally {
    await tools.leave();
    await unmount(tools.root);
    await rm(join(shop.work, 'tools-upper'), { recursive: true, force: true });
  }
}

async function pressOne(
  shop: Workshop,
  tree: MergedTreeView,
  output: PlannedOutput<DebianOutputKind>,
): Promise<[OutputRecord, string]> {
  const outputs = openOutputStore(shop.home);
  const key = outputKey(shop.plan, output, tree.sha256);
  const kept = outputs.find(key);
  if (kept !== undefined) {
    const { sizeBytes } = kept;
    shop.report({ at: new Date().toISOString(), stage: output.kind, kind: 'cached', sizeBytes });
    return [kept, outputs.path(key, kept.name)];
  }
  const stage = beginStage(shop.report, output.kind);
  const { plan, signal } = shop;
  const { root, entries, mtimeOf } = tree;
  const shared = { plan, root, entries, mtimeOf, pieces: outputs.pieces, signal, progress: stage.report };
  try {
    const make = (directory: string) => runPress(shop, { ...shared, directory }, output);
    const made = await outputs.put(key, output, make);
    stage.finish({ sizeBytes: made.sizeBytes });
    return [made, outputs.path(key, made.name)];
  } catch (error) {
    throw asStepFailure(error, output.kind, shop.home);
  }
}

/** Presses the plan's outputs one after another; returns each with where it is kept. */
export async function pressOutputs(shop: Workshop, tree: MergedTreeView): Promise<[OutputRecord, string][]> {
  await openOutputStore(shop.home).sweep();
  const pressed: [OutputRecord, string][] = [];
  for (const output of shop.plan.outputs) pressed.push(await pressOne(shop, tree, output));
  return pressed;
}
