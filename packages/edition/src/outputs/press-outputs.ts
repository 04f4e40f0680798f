import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enter, type Inside } from '../engine/chroot.ts';
import { mountOverlay, unmount } from '../engine/mounts.ts';
import { asStepFailure } from '../engine/step-failure.ts';
import type { Workshop } from '../engine/workshop.ts';
import type { OutputKind, PlannedOutput } from '../plan/model.ts';
import { beginStage } from '../progress.ts';
import type { TreeEntry } from '../tree/index.ts';
import { pressDisk } from './disk/press-disk.ts';
import { type OutputRecord, openOutputStore, outputKey } from './output-store.ts';
import type { Presser } from './press-context.ts';
import { pressRootfs } from './rootfs/press-rootfs.ts';
import { pressSquashfs } from './squashfs/press-squashfs.ts';

const pressers: Readonly<Record<OutputKind, Presser>> = {
  rootfs: pressRootfs,
  squashfs: pressSquashfs,
  disk: pressDisk,
};

export interface MergedTreeView {
  /** The merged tree, mounted read-only. */
  readonly root: string;
  readonly entries: readonly TreeEntry[];
  readonly sha256: string;
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

async function pressOne(
  shop: Workshop,
  tree: MergedTreeView,
  output: PlannedOutput,
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
  const tools = await enterTools(shop);
  try {
    const made = await outputs.put(key, output, async (directory) => {
      const shown = {
        tree: await tools.show(tree.root, 'tree'),
        out: await tools.show(directory, 'out', true),
      };
      const { plan, signal } = shop;
      const { root, entries } = tree;
      const { pieces } = outputs;
      const progress = stage.report;
      await pressers[output.kind](
        { plan, root, entries, tools, directory, pieces, signal, progress, ...shown },
        output,
      );
    });
    stage.finish({ sizeBytes: made.sizeBytes });
    return [made, outputs.path(key, made.name)];
  } catch (error) {
    throw asStepFailure(error, output.kind, shop.home);
  } finally {
    await leaveTools(shop, tools);
  }
}

async function leaveTools(shop: Workshop, tools: Inside): Promise<void> {
  await tools.leave();
  await unmount(tools.root);
  await rm(join(shop.work, 'tools-upper'), { recursive: true, force: true });
}

/** Presses the plan's outputs one after another; returns each with where it is kept. */
export async function pressOutputs(shop: Workshop, tree: MergedTreeView): Promise<[OutputRecord, string][]> {
  await openOutputStore(shop.home).sweep();
  const pressed: [OutputRecord, string][] = [];
  for (const output of shop.plan.outputs) pressed.push(await pressOne(shop, tree, output));
  return pressed;
}
