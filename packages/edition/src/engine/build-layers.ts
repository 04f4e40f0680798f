import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanStep } from '../plan/model.ts';
import { beginStage } from '../progress.ts';
import { runTool } from '../tools/run-tool.ts';
import { clampTimes } from './clamp-times.ts';
import { executeAction } from './executors.ts';
import { mapLimited } from './map-limited.ts';
import { mountOverlay, unmount } from './mounts.ts';
import { pipeTools } from './pipe-tools.ts';
import { asStepFailure } from './step-failure.ts';
import type { Workshop } from './workshop.ts';

/** Makes every layer of the chain that is not there yet, each on the ones before it. */
export async function buildLayers(shop: Workshop): Promise<void> {
  const below: string[] = [];
  for (const step of shop.plan.steps) {
    if (shop.layers.has(step.key)) {
      shop.report({ at: new Date().toISOString(), stage: step.id, kind: 'cached' });
    } else await buildLayer(shop, step, below);
    below.push(shop.layers.upper(step.key));
  }
}

async function buildLayer(shop: Workshop, step: PlanStep, below: readonly string[]): Promise<void> {
  const stage = beginStage(shop.report, step.id);
  const upper = join(shop.work, `upper-${step.id}`);
  await mkdir(upper, { mode: 0o755 });
  const root = below.length === 0 ? upper : await mountOverlay(shop.work, 'root', below, upper);
  const { store, signal } = shop;
  const { sourceDateEpoch } = shop.plan;
  const context = { root, step: step.id, store, signal, sourceDateEpoch, progress: stage.report };
  try {
    for (const action of step.actions) await executeAction(context, action);
  } catch (error) {
    throw asStepFailure(error, step.id, shop.work);
  }
  if (root !== upper) await unmount(root);
  clampTimes(upper, sourceDateEpoch);
  const record = await shop.layers.put({ key: step.key, id: step.id, step }, upper);
  await rm(upper, { recursive: true, force: true });
  stage.finish({ done: record.entries, unit: 'files' });
}

/** Unpacks the tool set beside the image: its programs press the outputs, none of it ships. */
export async function buildTools(shop: Workshop): Promise<void> {
  const { key, packages } = shop.plan.tools;
  if (shop.layers.has(key)) return;
  const stage = beginStage(shop.report, 'tools', { total: packages.length, unit: 'packages' });
  const upper = join(shop.work, 'upper-tools');
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(upper, 'usr', name), { recursive: true });
    await runTool(['ln', '-s', `usr/${name}`, join(upper, name)]);
  }
  await mapLimited(packages, 2, ({ sha256 }) =>
    pipeTools(
      ['dpkg-deb', '--fsys-tarfile', shop.store.path(sha256)],
      [
        'tar',
        '--extract',
        '--preserve-permissions',
        '--numeric-owner',
        '--keep-directory-symlink',
        '--directory',
        upper,
        '--file=-',
      ],
      shop.signal,
    ),
  );
  clampTimes(upper, shop.plan.sourceDateEpoch);
  const record = await shop.layers.put({ key, id: 'tools' }, upper);
  await rm(upper, { recursive: true, force: true });
  stage.finish({ done: record.entries, unit: 'files' });
}
