import { installError } from './errors.ts';
import type { Disk, InstallWishes } from './model.ts';

const known = ['source', 'install', 'disk', 'erase', 'lang', 'medium', 'oem'] as const;
type Option = (typeof known)[number];

const expected: Readonly<Record<Option, string>> = {
  source: 'imprint.source=http(s)://SERVER',
  install: 'imprint.install=auto|ask',
  disk: 'imprint.disk=SERIAL',
  erase: 'imprint.erase=SERIAL',
  lang: 'imprint.lang=en|zh-CN',
  medium: 'imprint.medium=16 hexadecimal digits',
  oem: 'imprint.oem',
};

const accepted: Readonly<Record<Option, RegExp>> = {
  source: /^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/,
  install: /^(auto|ask)$/,
  disk: /^\S{1,200}$/,
  erase: /^\S{1,200}$/,
  lang: /^(en|zh-CN)$/,
  medium: /^[0-9a-f]{16}$/,
  oem: /^$/,
};

/**
 * Reads the words `imprint.…` of a kernel command line; other words are the kernel's. A word that is not understood is
 * refused: a policy for disks is never guessed.
 * @throws AGENT_INSTALL_OPTION
 */
export function readWishes(commandLine: string): InstallWishes {
  const words = commandLine.split(/\s+/).filter((word) => word.startsWith('imprint.'));
  const found = new Map<Option, string>();
  for (const word of words) {
    const [name = '', ...rest] = word.slice('imprint.'.length).split('=');
    const option = known.find((one) => one === name);
    const value = rest.join('=');
    if (option === undefined || !accepted[option].test(value) || found.has(option)) {
      const wanted =
        option === undefined ? known.map((one) => `imprint.${one}`).join(', ') : expected[option];
      throw installError('AGENT_INSTALL_OPTION', { expected: wanted, got: word });
    }
    found.set(option, value);
  }
  const text = (option: 'source' | 'disk' | 'erase' | 'medium') => {
    const value = found.get(option);
    return value === undefined ? {} : { [option]: value.replace(/\/+$/, '') };
  };
  return {
    language: found.get('lang') === 'zh-CN' ? 'zh-CN' : 'en',
    isUnattended: found.get('install') === 'auto',
    isOem: found.has('oem'),
    ...text('source'),
    ...text('disk'),
    ...text('erase'),
    ...text('medium'),
  };
}

/** A disk as a message names it. */
export const nameOf = ({ name, serial }: Disk): string => (serial === '' ? name : `${name} [${serial}]`);

const listOf = (disks: readonly Disk[]): string =>
  disks.length === 0
    ? '-'
    : disks.map((disk) => `${nameOf(disk)}: ${disk.holds ?? 'blank'}, ${disk.sizeBytes}`).join('; ');

/** Words on a kernel command line have no blanks, and makers pad their numbers: blanks do not count. */
const sameSerial = (a: string, b: string): boolean =>
  a.replace(/\s+/g, '_').toLowerCase() === b.replace(/\s+/g, '_').toLowerCase();

function bySerial(disks: readonly Disk[], serial: string): Disk {
  const found = disks.filter((disk) => disk.serial !== '' && sameSerial(disk.serial, serial));
  const [disk] = found;
  if (disk === undefined) throw installError('AGENT_INSTALL_DISK_UNKNOWN', { serial, disks: listOf(disks) });
  if (found.length > 1) throw installError('AGENT_INSTALL_DISK_AMBIGUOUS', { disks: listOf(found) });
  return disk;
}

/** Refuses a disk that the image does not fit on, or that holds data nobody named for overwriting. */
export function requireFitting(disk: Disk, bytes: number, mayErase: boolean): Disk {
  if (disk.sizeBytes < bytes)
    throw installError('AGENT_INSTALL_DISK_SMALL', { disk: nameOf(disk), bytes, got: disk.sizeBytes });
  if (disk.holds !== undefined && !mayErase)
    throw installError('AGENT_INSTALL_DISK_USED', { disk: nameOf(disk), found: disk.holds });
  return disk;
}

/**
 * The one disk that an unattended installation may write: the disk named, else the only blank one that is large enough
 * and not removable.
 * @throws AGENT_INSTALL_NO_DISK, AGENT_INSTALL_DISK_AMBIGUOUS, AGENT_INSTALL_DISK_UNKNOWN, AGENT_INSTALL_DISK_USED,
 * AGENT_INSTALL_DISK_SMALL
 */
export function chooseDisk(disks: readonly Disk[], wishes: InstallWishes, bytes: number): Disk {
  if (wishes.erase !== undefined) return requireFitting(bySerial(disks, wishes.erase), bytes, true);
  if (wishes.disk !== undefined) return requireFitting(bySerial(disks, wishes.disk), bytes, false);
  const fitting = disks.filter(
    ({ holds, sizeBytes, isRemovable }) => holds === undefined && sizeBytes >= bytes && !isRemovable,
  );
  const [disk] = fitting;
  if (disk === undefined) throw installError('AGENT_INSTALL_NO_DISK', { bytes, disks: listOf(disks) });
  if (fitting.length > 1) throw installError('AGENT_INSTALL_DISK_AMBIGUOUS', { disks: listOf(fitting) });
  return disk;
}
