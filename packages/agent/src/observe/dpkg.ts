import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';

const statusFile = '/var/lib/dpkg/status';
const maxBytes = 64 * 1024 * 1024;

const fieldOf = (paragraph: string, name: string): string =>
  new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1]?.trim() ?? '';

/** One package as dpkg knows it; an architecture that dpkg does not state is empty. */
export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** For instance `installed`, `unpacked`, `half-configured`. */
  readonly state: string;
  readonly isHeld: boolean;
  readonly needsReinstall: boolean;
}

function readParagraph(paragraph: string): DpkgPackage[] {
  const [want = '', flag = '', state = ''] = fieldOf(paragraph, 'Status').split(' ');
  if (state === '' || state === 'not-installed' || state === 'config-files') return [];
  const named = { name: fieldOf(paragraph, 'Package'), version: fieldOf(paragraph, 'Version') };
  const architecture = fieldOf(paragraph, 'Architecture');
  return [{ ...named, architecture, state, isHeld: want === 'hold', needsReinstall: flag === 'reinstreq' }];
}

/** Every package that is here in some state, by dpkg's status; undefined where dpkg has no records. Source: deb-control(5), dpkg(1). */
export function readDpkgStatus(device: Pick<Device, 'root'>): DpkgPackage[] | undefined {
  const bytes = readBounded(at(device, statusFile), maxBytes);
  return bytes?.toString('utf8').split('\n\n').flatMap(readParagraph);
}

/** Packages that dpkg has wholly installed; undefined where dpkg has no records. */
export const installedList = (device: Device): DpkgPackage[] | undefined =>
  readDpkgStatus(device)?.filter(({ state }) => state === 'installed');

/** Installed packages, name → version, by dpkg's status; undefined where dpkg has no records. */
export function installedPackages(device: Device): Map<string, string> | undefined {
  const installed = installedList(device);
  return installed && new Map(installed.map(({ name, version }) => [name, version]));
}
