import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildRecord } from '@imprint/protocol';
import { collectEvidence, type EvidenceLayer } from '../evidence/index.ts';
import type { OutputRecord } from '../outputs/output-store.ts';
import { type MergedTreeView, pressOutputs } from '../outputs/press-outputs.ts';
import { planSha256 } from '../plan/key.ts';
import { writeFileDurably } from '../store/index.ts';
import { mergeIndexes } from '../tree/index.ts';
import { buildDirectory } from './build-directory.ts';
import { mountOverlay } from './mounts.ts';
import type { Workshop } from './workshop.ts';

export interface FinishedBuild {
  readonly record: BuildRecord;
  readonly directory: string;
}

async function evidenceLayers({ plan, layers }: Workshop): Promise<EvidenceLayer[]> {
  return Promise.all(
    plan.steps.map(async ({ id, kind, key }) => ({
      id,
      kind,
      directory: layers.upper(key),
      index: await layers.index(key),
    })),
  );
}

/** Looks each path's time up once, however many outputs ask. */
function mtimesOf(root: string): (path: string) => number {
  const known = new Map<string, number>();
  return (path) => {
    const found = known.get(path) ?? Math.floor(lstatSync(join(root, path)).mtimeMs / 1000);
    known.set(path, found);
    return found;
  };
}

/** Mounts the whole chain and merges its indexes; the digest is of the layers' indexes in order. */
async function mergedTree(shop: Workshop, chain: readonly EvidenceLayer[]): Promise<MergedTreeView> {
  const empty = join(shop.work, 'empty');
  await mkdir(empty);
  const uppers = chain.map(({ directory }) => directory);
  const root = await mountOverlay(shop.work, 'merged', [empty, ...uppers]);
  const hash = createHash('sha256');
  for (const { key } of shop.plan.steps) hash.update(`${shop.layers.record(key)?.indexSha256}\n`);
  const entries = [...mergeIndexes(chain).values()].map(({ entry }) => entry);
  return { root, entries, sha256: hash.digest('hex'), mtimeOf: mtimesOf(root) };
}

/** Shows finished outputs in the build's directory; they are the same files, so nothing is written twice. */
async function placeOutputs(
  directory: string,
  pressed: readonly (readonly [OutputRecord, string])[],
): Promise<void> {
  for (const [{ name }, path] of pressed) {
    await rm(join(directory, name), { force: true });
    await link(path, join(directory, name));
  }
}

/** Presses the outputs, collects the evidence beside them, and writes `build.json` as the last file. */
export async function finishBuild(shop: Workshop): Promise<FinishedBuild> {
  const { plan, lock, home, store, report, signal } = shop;
  const { lockSha256, profile, edition, version } = plan;
  const directory = buildDirectory(home, lockSha256, profile);
  await mkdir(join(directory, 'evidence'), { recursive: true });
  await rm(join(directory, 'build.json'), { force: true });
  const chain = await evidenceLayers(shop);
  const tree = await mergedTree(shop, chain);
  const pressing = pressOutputs(shop, tree);
  const artifactsOf = (pressed: readonly (readonly [OutputRecord, string])[]) =>
    pressed.map(([record]) => record);
  const artifacts = pressing.then(artifactsOf);
  // Evidence asks for them late; that the press failed is told by the press.
  artifacts.catch(() => {});
  const digest = planSha256(plan);
  const identity = { lock, lockSha256, planSha256: digest, profile };
  const places = { store, cacheDir: join(home, 'cache', 'evidence'), outDir: join(directory, 'evidence') };
  const [pressed, evidence] = await Promise.all([
    pressing,
    collectEvidence({
      ...identity,
      ...places,
      layers: chain,
      artifacts,
      reporter: report,
      signal,
    }),
  ]);
  await placeOutputs(directory, pressed);
  const record: BuildRecord = {
    schema: 'imprint/build/v1',
    edition,
    version,
    lockSha256,
    planSha256: digest,
    profile,
    artifacts: artifactsOf(pressed),
    evidence: evidence.files,
    counts: evidence.counts,
  };
  await writeFileDurably(join(directory, 'plan.json'), `${JSON.stringify(plan, null, 1)}\n`);
  await shop.layers.rememberPlan(plan);
  await writeFileDurably(join(directory, 'build.json'), `${JSON.stringify(record, null, 1)}\n`);
  return { record, directory };
}
