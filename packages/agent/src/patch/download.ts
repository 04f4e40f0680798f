import { existsSync, rmSync } from 'node:fs';
import { isImprintError, type PackReference, packPath } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { packError } from '../packs/errors.ts';
import { httpSource } from '../packs/http-source.ts';
import { installedFiles } from '../packs/old-file.ts';
import { rebuildFromPack } from '../packs/rebuild-pack.ts';
import { rebuildFromPatch } from '../packs/rebuild-patch.ts';
import { receive } from '../packs/receive.ts';
import type { PackSource } from '../packs/source.ts';
import { blobPath } from '../release/evidence.ts';
import { type Blob, isBlob, receiveBlob } from './blob.ts';
import { counted, limitRate } from './limit-rate.ts';
import type { PatchMachine } from './machine.ts';
import type { PackageChange } from './packages.ts';
import type { Workspace } from './workspace.ts';

/** What is not here yet. */
export interface Missing {
  readonly packages: readonly PackageChange[];
  readonly blobs: readonly Blob[];
}

export interface Download {
  readonly device: Device;
  readonly machine: PatchMachine;
  readonly workspace: Workspace;
  readonly server: string;
  readonly bytesPerSecond?: number | undefined;
}

/** Room that stays free whatever is downloaded: a full disk harms more than an old package. */
const spareBytes = 64 * 1024 * 1024;

const hashBuffer = () => Buffer.allocUnsafe(1024 * 1024);

/** What is wanted and does not lie in the workspace whole, by digest. */
export function missingFrom(
  workspace: Workspace,
  packages: readonly PackageChange[],
  blobs: readonly Blob[],
): Missing {
  const buffer = hashBuffer();
  return {
    packages: packages.filter((one) => !isBlob(workspace.deb(one.package), one.package.deb, buffer)),
    blobs: blobs.filter((blob) => !isBlob(workspace.blob(blob.sha256), blob, buffer)),
  };
}

const referenceOf = ({ patch, package: wanted }: PackageChange): PackReference => patch ?? wanted.pack;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Bytes that travel where every patch fits the installed files. */
export const wireBytes = ({ packages, blobs }: Missing): number =>
  sum(packages.map((one) => referenceOf(one).sizeBytes)) + sum(blobs.map(({ sizeBytes }) => sizeBytes));

/** Room that downloading takes: all rebuilt packages, files, and the largest pack or patch while it comes in. */
export const neededBytes = ({ packages, blobs }: Missing): number =>
  sum(packages.map((one) => one.package.deb.sizeBytes)) +
  sum(blobs.map(({ sizeBytes }) => sizeBytes)) +
  Math.max(0, ...packages.map(({ package: wanted }) => wanted.pack.sizeBytes));

/** @throws AGENT_PATCH_NO_ROOM */
export function checkRoom({ machine, workspace }: Download, missing: Missing): void {
  const needed = neededBytes(missing) + spareBytes;
  const free = machine.freeBytes(workspace.directory);
  if (free >= needed) return;
  const megabytes = (bytes: number) => Math.ceil(bytes / 1_000_000);
  throw agentError('AGENT_PATCH_NO_ROOM', {
    directory: workspace.directory,
    expected: megabytes(needed),
    got: megabytes(free),
  });
}

function opener({ server, bytesPerSecond, machine }: Download, count: (bytes: number) => void) {
  return (path: string): PackSource => {
    const source = counted(httpSource(new URL(`${server}/content/${path}`)), count);
    return bytesPerSecond === undefined ? source : limitRate(source, bytesPerSecond, machine.sleep);
  };
}

/** A patch that does not fit after all costs its whole pack, never the installation. */
const yieldsToPack = (error: unknown): boolean =>
  isImprintError(error) &&
  ['AGENT_PATCH_MALFORMED', 'AGENT_PACK_RESULT_MISMATCH', 'AGENT_PACK_UNREADABLE'].includes(error.code);

async function fetchByPatch(
  { device, workspace }: Download,
  change: PackageChange & { readonly patch: PackReference },
  open: (path: string) => PackSource,
): Promise<void> {
  const { package: wanted, installed, patch } = change;
  const file = workspace.incoming(patch.sha256);
  const received = await receive('patch', patch, open(packPath(patch.sha256)), file);
  const base = {
    name: wanted.name,
    version: installed?.version ?? '',
    architecture: installed?.architecture ?? '',
  };
  const pack = open(packPath(wanted.pack.sha256));
  await rebuildFromPatch(received, installedFiles(device.root, base), pack, workspace.deb(wanted));
  rmSync(file, { force: true });
}

async function fetchPackage(
  download: Download,
  change: PackageChange,
  open: (path: string) => PackSource,
): Promise<void> {
  const { workspace } = download;
  const { package: wanted, patch } = change;
  const fullFile = workspace.incoming(wanted.pack.sha256);
  // A whole pack that has begun to come in is finished; both would cost more than either.
  if (patch !== undefined && !existsSync(fullFile)) {
    try {
      return await fetchByPatch(download, { ...change, patch }, open);
    } catch (error) {
      if (!yieldsToPack(error)) throw error;
      download.device.log(`${wanted.name}: ${String(error)}; its whole pack is taken instead`);
      rmSync(workspace.incoming(patch.sha256), { force: true });
    }
  }
  const received = await receive('pack', wanted.pack, open(packPath(wanted.pack.sha256)), fullFile);
  rebuildFromPack(received, workspace.deb(wanted));
  rmSync(fullFile, { force: true });
}

/**
 * Fetches what is missing, each package rebuilt and each file checked before the next is begun; what an interrupted run has is not
 * asked for again. `onBytes` hears of every byte that came.
 * @throws AGENT_PATCH_NO_ROOM, AGENT_PACK_*, AGENT_PATCH_*, AGENT_EVIDENCE_DIGEST, AGENT_SERVER_*
 */
export async function downloadMissing(
  download: Download,
  missing: Missing,
  onBytes: (bytes: number) => void,
): Promise<void> {
  checkRoom(download, missing);
  const { workspace } = download;
  const open = opener(download, onBytes);
  for (const change of missing.packages) await fetchPackage(download, change, open);
  const buffer = hashBuffer();
  for (const blob of missing.blobs)
    await receiveBlob(blob, open(blobPath(blob.sha256)), workspace.blob(blob.sha256), buffer);
  const rest = missingFrom(workspace, missing.packages, missing.blobs);
  if (rest.packages.length + rest.blobs.length > 0)
    throw packError('AGENT_PACK_INCOMPLETE', { kind: 'patch set', expected: neededBytes(missing), got: 0 });
}
