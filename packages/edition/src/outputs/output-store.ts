import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import type { DebianBuildPlan, OutputKind, PlannedOutput } from '../plan/model.ts';
import { syncDirectory, writeFileDurably } from '../store/index.ts';
import { runTool } from '../tools/run-tool.ts';
import { hashOutput } from './hash-output.ts';

/** `output.json`, written last: a pressed output by its digests. */
export interface OutputRecord {
  readonly kind: OutputKind;
  readonly name: string;
  readonly digests: { readonly sha256: string; readonly sm3: string };
  readonly sizeBytes: number;
}

/** Names an output by the tree's content, the tools and the options that make it. */
export function outputKey(plan: DebianBuildPlan, output: PlannedOutput, treeSha256: string): string {
  const { kind, version, options } = output;
  const { sourceDateEpoch, tools } = plan;
  const made = {
    schema: 'imprint/output/v1',
    kind,
    version,
    options,
    sourceDateEpoch,
    tools: tools.key,
    treeSha256,
  };
  return sha256Hex(canonicalJson(made));
}

export interface OutputStore {
  readonly pieces: string;
  path(key: string, name: string): string;
  find(key: string): OutputRecord | undefined;
  /** Runs `make` in a fresh directory and keeps what it leaves there under the key. */
  put(key: string, output: PlannedOutput, make: (directory: string) => Promise<void>): Promise<OutputRecord>;
  sweep(): Promise<void>;
}

export function openOutputStore(home: string): OutputStore {
  const directory = join(home, 'outputs');
  const find = (key: string): OutputRecord | undefined => {
    try {
      return JSON.parse(readFileSync(join(directory, key, 'output.json'), 'utf8')) as OutputRecord;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  return {
    pieces: join(directory, 'pieces'),
    path: (key, name) => join(directory, key, name),
    find,
    put: async (key, output, make) => {
      const temporary = join(directory, `.tmp-${key}`);
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary, { recursive: true });
      await make(temporary);
      const { sha256, sm3, sizeBytes } = await hashOutput(join(temporary, output.fileName));
      const record: OutputRecord = {
        kind: output.kind,
        name: output.fileName,
        digests: { sha256, sm3 },
        sizeBytes,
      };
      await writeFileDurably(join(temporary, 'output.json'), `${JSON.stringify(record)}\n`);
      await runTool(['sync', join(temporary, output.fileName)]);
      await rm(join(directory, key), { recursive: true, force: true });
      await rename(temporary, join(directory, key));
      await syncDirectory(directory);
      return record;
    },
    sweep: async () => {
      for (const place of [directory, join(directory, 'pieces')])
        for (const name of await readdir(place).catch(() => []))
          if (name.startsWith('.tmp-')) await rm(join(place, name), { recursive: true, force: true });
    },
  };
}
