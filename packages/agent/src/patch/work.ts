import { openContent } from '../http/content.ts';
import { readSettings } from '../settings.ts';
import type { VerifiedRelease } from '../state/records.ts';
import { readDpkg } from './current.ts';
import { type Download, downloadMissing, type Missing, missingFrom } from './download.ts';
import { gatherMaterial } from './material.ts';
import { planPackages } from './packages.ts';
import { neededBlobs, reconcileActions } from './reconcile.ts';
import type { PatchRun, Work } from './run-model.ts';

/** What is left to do for a release: computed anew from what is on the disk each time. */
export async function planWork(run: PatchRun, release: VerifiedRelease): Promise<Work> {
  const { device, machine } = run;
  const material = await gatherMaterial(device, openContent(readSettings(device).server), release);
  const installed = readDpkg(device)?.packages ?? [];
  const packages = planPackages(
    material.set,
    installed,
    material.packages,
    material.runningPackages,
    machine.kernel,
  );
  return { material, packages, actions: reconcileActions(device.root, material.manifests) };
}

/** What of it does not lie here yet. */
export const missingOf = ({ workspace }: Pick<PatchRun, 'workspace'>, work: Work): Missing =>
  missingFrom(workspace, work.packages.install, neededBlobs(work.actions, work.material.manifests));

export const isNothing = ({ packages, blobs }: Missing): boolean => packages.length + blobs.length === 0;

/** Fetches what is missing. @throws what `downloadMissing` throws */
export async function fetchMissing(
  run: PatchRun,
  missing: Missing,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { device, machine, workspace } = run;
  const { server, downloadBytesPerSecond: bytesPerSecond } = readSettings(device);
  const download: Download = { device, machine, workspace, server, bytesPerSecond };
  await downloadMissing(download, missing, onBytes);
}

/** The names of all that a release needs in the workspace; anything else there is of another one. */
export const workspaceNames = (
  { workspace }: Pick<PatchRun, 'workspace'>,
  { packages, actions, material }: Work,
): Set<string> => {
  const base = (path: string) => path.slice(workspace.directory.length + 1);
  const names = packages.install.flatMap(({ package: wanted, patch }) => [
    base(workspace.deb(wanted)),
    base(workspace.incoming(wanted.pack.sha256)),
    ...(patch === undefined ? [] : [base(workspace.incoming(patch.sha256))]),
  ]);
  const blobs = neededBlobs(actions, material.manifests).map(({ sha256 }) => base(workspace.blob(sha256)));
  return new Set([...names, ...blobs]);
};
