import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ErrorPlace, ImprintError, LockedImage } from '@imprint/protocol';
import { hivePaths } from '../data/hives.ts';
import { decodeValue } from '../formats/regf/model.ts';
import { foldName } from '../formats/regf/names.ts';
import { flattenHive, type Hive, readHive } from '../formats/regf/read-hive.ts';
import type { WimEntry } from '../formats/wim/listing.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { extractFiles, listImage } from '../tools/wimlib.ts';
import { windowsLockError } from './errors.ts';
import type { ImageSource } from './model.ts';
import { namingFile, problemsOf } from './problems.ts';

/** An image in files that lie somewhere, and a directory to extract to. */
interface HiveSource {
  readonly parts: ImageSource['parts'];
  readonly index: number;
  readonly directory: string;
  readonly place: ErrorPlace;
  readonly signal?: AbortSignal | undefined;
}

/** Build and revision as `winver` shows them. */
export interface InstalledBuild {
  readonly build: number;
  readonly revision: number;
}

export interface ReadHives {
  readonly problems: readonly ImprintError[];
  readonly hives: LockedImage['hives'];
  readonly controlSet: string;
  /** What the installed system calls itself; absent where its hive does not say. */
  readonly installed: InstalledBuild | undefined;
}

/** Finds a hive's entry and refuses one that another path shares. */
function checkEntry(entries: readonly WimEntry[], path: string, index: number): WimEntry {
  const entry = entries.find((candidate) => foldPath(candidate.path) === foldPath(path));
  if (entry?.sha1 === undefined) throw windowsLockError('WINDOWS_LOCK_HIVE_MISSING', { path, index });
  const { linkCount } = entry;
  if (linkCount > 1) throw windowsLockError('WINDOWS_LOCK_HIVE_LINKED', { path, linkCount });
  return entry;
}

/** Names the control set a device starts with. Source: Windows Internals, "Registry", `HKLM\SYSTEM\Select`. */
function controlSetOf(system: Hive, path: string): string {
  const current = system.key('Select')?.values.find(({ name }) => foldName(name) === foldName('Current'));
  const number = current === undefined ? undefined : decodeValue(current.value);
  const name = typeof number === 'number' ? `ControlSet${String(number).padStart(3, '0')}` : 'none';
  if (!/^ControlSet\d{3}$/.test(name) || system.key(name) === undefined)
    throw windowsLockError('WINDOWS_LOCK_CONTROL_SET', { path, got: name });
  return name;
}

const currentVersionKey = 'Microsoft\\Windows NT\\CurrentVersion';

/** The build a device will report: a service pack that only switches features on leaves the image's own XML behind. */
function installedBuild(software: Hive): InstalledBuild | undefined {
  const values = software.key(currentVersionKey)?.values ?? [];
  const named = (wanted: string) => {
    const found = values.find(({ name }) => foldName(name) === foldName(wanted));
    return found === undefined ? undefined : decodeValue(found.value);
  };
  const [build, revision] = [Number(named('CurrentBuild')), named('UBR')];
  if (!Number.isInteger(build) || build <= 0 || typeof revision !== 'number') return undefined;
  return { build, revision };
}

async function readOne(source: HiveSource, entry: WimEntry) {
  const { parts, index, directory, signal } = source;
  const [first, ...others] = parts;
  const refs = others.map(({ path }) => path);
  await namingFile(first.name, () =>
    extractFiles(first.path, index, [entry.path], directory, { refs, signal }),
  );
  const { hive, bytes } = await readHive(join(directory, entry.path));
  flattenHive(hive);
  return { hive, sha1: createHash('sha1').update(bytes).digest('hex') };
}

/**
 * Reads the hives an edition edits: there, with one name each, clean and whole down to the last key.
 *
 * @throws WINDOWS_WIM_CORRUPT and others of wimlib's when the image cannot be listed
 */
export async function readHives(source: HiveSource): Promise<ReadHives> {
  const { parts, index, place, signal } = source;
  const [first, ...others] = parts;
  const refs = others.map(({ path }) => path);
  const entries = await namingFile(first.name, () => listImage(first.path, index, { refs, signal }));
  const hives: LockedImage['hives'] = [];
  let controlSet = '';
  let installed: InstalledBuild | undefined;
  const problems: ImprintError[] = [];
  for (const path of Object.values(hivePaths)) {
    const found = await problemsOf(place, async () => {
      const entry = checkEntry(entries, path, index);
      const { hive, sha1 } = await readOne(source, entry);
      hives.push({ path: entry.path, sha1, version: hive.version });
      if (path === hivePaths.software) installed = installedBuild(hive);
      if (path === hivePaths.system) controlSet = controlSetOf(hive, path);
      return [];
    });
    problems.push(...found);
  }
  return { problems, hives, controlSet, installed };
}
