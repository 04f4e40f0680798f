import { readFileSync, rmSync } from 'node:fs';
import type { PackedPackage, PackReference } from '@imprint/protocol';
import { installedFiles } from '../packages/agent/src/packs/old-file.ts';
import { rebuildFromPatch } from '../packages/agent/src/packs/rebuild-patch.ts';
import { receive } from '../packages/agent/src/packs/receive.ts';
import { fileSource } from '../packages/agent/src/packs/source.ts';

/** What one run of this program rebuilds: patches with the trees they are made for. */
export interface DecodeJob {
  readonly patches: readonly {
    readonly file: string;
    readonly reference: PackReference;
    readonly from: PackedPackage;
    readonly root: string;
  }[];
  readonly work: string;
}

export interface DecodeResult {
  readonly cpu: number;
  readonly wall: number;
  readonly rawBytes: number;
  readonly peakBytes: number;
  readonly requests: number;
}

/** Receives, rebuilds, checks and flushes every package of the job, in a process that does nothing else. */
async function decode({ patches, work }: DecodeJob): Promise<DecodeResult> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  let [rawBytes, requests] = [0, 0];
  for (const { file, reference, from, root } of patches) {
    const received = await receive('patch', reference, fileSource(file), `${work}/received`);
    const outcome = await rebuildFromPatch(
      received,
      installedFiles(root, from),
      undefined,
      `${work}/rebuilt.deb`,
    );
    rawBytes += reference.deb.sizeBytes;
    requests += received.requests + outcome.requests;
    rmSync(`${work}/received`);
  }
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - startedAt) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { cpu: (user + system) / 1e6, wall, rawBytes, peakBytes, requests };
}

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DecodeJob;
process.stdout.write(JSON.stringify(await decode(job)));
