import { readdirSync } from 'node:fs';
import { at, type Device } from '../device.ts';
import { type DpkgPackage, readDpkgStatus } from '../observe/dpkg.ts';

const updatesDirectory = '/var/lib/dpkg/updates';

/** What dpkg knows of this device. */
export interface DpkgState {
  readonly packages: readonly DpkgPackage[];
  /** A write of its own records was interrupted. */
  readonly hasJournal: boolean;
}

/** What dpkg knows of this device; undefined where it keeps no records. */
export function readDpkg(device: Pick<Device, 'root'>): DpkgState | undefined {
  const packages = readDpkgStatus(device);
  if (packages === undefined) return undefined;
  let journal: string[] = [];
  try {
    journal = readdirSync(at(device, updatesDirectory)).filter((name) => /^\d+$/.test(name));
  } catch {
    journal = [];
  }
  return { packages, hasJournal: journal.length > 0 };
}

/** A package that is neither wholly there nor wholly not. */
export const isUnfinished = ({ state, needsReinstall }: DpkgPackage): boolean =>
  needsReinstall || state !== 'installed';

/** True where dpkg was interrupted. */
export const isHalfway = ({ packages, hasJournal }: DpkgState): boolean =>
  hasJournal || packages.some(isUnfinished);
