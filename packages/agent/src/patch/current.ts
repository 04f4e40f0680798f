import { readdirSync } from 'node:fs';
import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';

const statusFile = '/var/lib/dpkg/status';
const updatesDirectory = '/var/lib/dpkg/updates';
const maxBytes = 64 * 1024 * 1024;

/** One package as dpkg knows it. */
export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** For instance `installed`, `unpacked`, `half-configured`. */
  readonly state: string;
  readonly isHeld: boolean;
  readonly needsReinstall: boolean;
}

/** What dpkg knows of this device. */
export interface DpkgState {
  readonly packages: readonly DpkgPackage[];
  /** A write of its own records was interrupted. */
  readonly hasJournal: boolean;
}

const fieldOf = (paragraph: string, name: string): string =>
  new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1]?.trim() ?? '';

/** Reads dpkg's status file: every paragraph that is of a package which is there in some state. Source: deb-control(5), dpkg(1). */
export function readDpkgStatus(text: string): DpkgPackage[] {
  return text.split('\n\n').flatMap((paragraph) => {
    const [want = '', flag = '', state = ''] = fieldOf(paragraph, 'Status').split(' ');
    if (state === '' || state === 'not-installed' || state === 'config-files') return [];
    const named = { name: fieldOf(paragraph, 'Package'), version: fieldOf(paragraph, 'Version') };
    const architecture = fieldOf(paragraph, 'Architecture');
    return [{ ...named, architecture, state, isHeld: want === 'hold', needsReinstall: flag === 'reinstreq' }];
  });
}

/** What dpkg knows of this device; undefined where it keeps no records. */
export function readDpkg(device: Pick<Device, 'root'>): DpkgState | undefined {
  const bytes = readBounded(at(device, statusFile), maxBytes);
  if (bytes === undefined) return undefined;
  let journal: string[] = [];
  try {
    journal = readdirSync(at(device, updatesDirectory)).filter((name) => /^\d+$/.test(name));
  } catch {
    journal = [];
  }
  return { packages: readDpkgStatus(bytes.toString('utf8')), hasJournal: journal.length > 0 };
}

/** A package that is neither wholly there nor wholly not. */
export const isUnfinished = ({ state, needsReinstall }: DpkgPackage): boolean =>
  needsReinstall || state !== 'installed';

/** True where dpkg was interrupted. */
export const isHalfway = ({ packages, hasJournal }: DpkgState): boolean =>
  hasJournal || packages.some(isUnfinished);
