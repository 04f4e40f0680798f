import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@imprint/trust';
import type { BuildPlan, PlanStep } from '../plan/model.ts';
import { syncDirectory, writeFileDurably } from '../store/index.ts';
import { runTool } from '../tools/run-tool.ts';
import { indexTree, readIndex, type TreeEntry, writeIndex } from '../tree/index.ts';
import { pipeTools } from './pipe-tools.ts';

/** `layer.json`, written last: what made the layer. */
export interface LayerRecord {
  readonly schema: 'imprint/layer/v1';
  readonly key: string;
  readonly id: string;
  readonly step?: PlanStep;
  readonly entries: number;
  readonly indexSha256: string;
}

/** Layers by key under `<home>/layers`; a layer is there whole or not at all. */
export interface LayerStore {
  readonly directory: string;
  has(key: string): boolean;
  upper(key: string): string;
  record(key: string): LayerRecord | undefined;
  index(key: string): Promise<TreeEntry[]>;
  put(
    layer: { readonly key: string; readonly id: string; readonly step?: PlanStep },
    upper: string,
  ): Promise<LayerRecord>;
  /** The plan of the last finished build of an edition. */
  lastPlan(edition: string): BuildPlan | undefined;
  rememberPlan(plan: BuildPlan): Promise<void>;
  /** Removes what killed builds left; only while no other build runs. */
  sweep(): Promise<void>;
  remove(key: string): Promise<void>;
  list(): Promise<string[]>;
}

// What overlayfs notes about the layer below does not belong to a layer that is used again elsewhere.
const attributes = [
  '--xattrs',
  '--xattrs-include=*',
  ...['origin', 'impure', 'nlink', 'uuid', 'protattr'].map(
    (name) => `--xattrs-exclude=trusted.overlay.${name}`,
  ),
];

/** Copies a tree as it is, whiteouts, owners, capabilities and hard links included. */
export async function copyTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true });
  await pipeTools(
    ['tar', '--create', '--numeric-owner', '--acls', ...attributes, '--directory', from, '--file=-', '.'],
    [
      'tar',
      '--extract',
      '--preserve-permissions',
      '--same-owner',
      '--numeric-owner',
      '--acls',
      '--delay-directory-restore',
      ...attributes,
      '--directory',
      to,
      '--file=-',
    ],
    signal,
  );
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function openLayerStore(home: string): LayerStore {
  const directory = join(home, 'layers');
  const place = (key: string, ...rest: string[]) => join(directory, key, ...rest);
  const record = (key: string) => readJson<LayerRecord>(place(key, 'layer.json'));
  const planPath = (edition: string) => join(directory, `${edition}.plan.json`);
  return {
    directory,
    record,
    has: (key) => record(key) !== undefined,
    upper: (key) => place(key, 'upper'),
    index: (key) => readIndex(place(key, 'index.jsonl')),
    put: (layer, upper) => putLayer(directory, layer, upper),
    lastPlan: (edition) => readJson<BuildPlan>(planPath(edition)),
    rememberPlan: (plan) => writeFileDurably(planPath(plan.edition), `${JSON.stringify(plan)}\n`),
    sweep: async () => {
      for (const name of await readdir(directory).catch(() => []))
        if (name.startsWith('.tmp-')) await rm(join(directory, name), { recursive: true, force: true });
    },
    remove: (key) => rm(place(key), { recursive: true, force: true }),
    list: async () =>
      (await readdir(directory).catch(() => [])).filter((name) => /^[0-9a-f]{64}$/.test(name)),
  };
}

type NewLayer = Parameters<LayerStore['put']>[0];

/** Writes a layer beside its place and moves it there whole; a failure, a full disk above all, leaves nothing. */
async function putLayer(directory: string, layer: NewLayer, upper: string): Promise<LayerRecord> {
  const temporary = join(directory, `.tmp-${layer.key}`);
  await rm(temporary, { recursive: true, force: true });
  try {
    const made = await writeLayer(temporary, layer, upper);
    const target = join(directory, layer.key);
    if ((await stat(target).catch(() => undefined)) !== undefined)
      await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    await syncDirectory(directory);
    return made;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function writeLayer(
  temporary: string,
  { key, id, step }: NewLayer,
  upper: string,
): Promise<LayerRecord> {
  await copyTree(upper, join(temporary, 'upper'));
  const entries = await indexTree(join(temporary, 'upper'));
  const indexPath = join(temporary, 'index.jsonl');
  await writeIndex(indexPath, entries);
  const indexSha256 = sha256Hex(await readFile(indexPath));
  const made: LayerRecord = {
    schema: 'imprint/layer/v1',
    key,
    id,
    ...(step === undefined ? {} : { step }),
    entries: entries.length,
    indexSha256,
  };
  await writeFileDurably(join(temporary, 'layer.json'), `${JSON.stringify(made, null, 1)}\n`);
  await runTool(['sync', '--file-system', temporary]);
  return made;
}
