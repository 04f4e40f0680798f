import { link, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnerAlive, ownerMark } from '../store/owner.ts';

/**
 * The directories of one run of apt. Runs share nothing while they work: each starts with links to the indexes that
 * the last one published and publishes its own at the end, so no run sees another's indexes or pins change.
 */
export interface AptRun {
  readonly directory: string;
  readonly lists: string;
  /** Indexes of the last run that published, in the same place for every run of the same archives. */
  readonly published: string;
}

const layout = [
  'etc/preferences.d',
  'etc/apt.conf.d',
  'etc/sources.list.d',
  'etc/trusted.gpg.d',
  'cache/archives/partial',
];

/** Links every index of one directory into another, replacing what has the same name. */
async function linkIndexes(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  const indexes = entries.filter(
    (entry) => entry.isFile() && entry.name !== 'lock' && !entry.name.startsWith('.'),
  );
  for (const { name } of indexes) {
    const linked = join(to, `.${ownerMark()}-${name}`);
    await rm(linked, { force: true });
    await link(join(from, name), linked);
    await rename(linked, join(to, name));
    // Renaming a link onto another name of the same file does nothing, and leaves it. Source: rename(2).
    await rm(linked, { force: true });
  }
}

async function sweepRuns(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const owner = /^run-(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isOwnerAlive(owner))
      await rm(join(place, name), { recursive: true, force: true });
  }
}

/** Makes the directories of a run below `place`, and removes those of runs that were killed. */
export async function openAptRun(place: string): Promise<AptRun> {
  const published = join(place, 'lists');
  await mkdir(published, { recursive: true });
  await sweepRuns(place);
  const directory = await mkdtemp(join(place, `run-${ownerMark()}-`));
  const lists = join(directory, 'state', 'lists');
  for (const below of layout) await mkdir(join(directory, below), { recursive: true });
  await mkdir(join(lists, 'partial'), { recursive: true });
  await linkIndexes(published, lists);
  return { directory, lists, published };
}

/** True for a link that a living process is about to give its name. */
function isBeingLinked(name: string): boolean {
  const owner = /^\.(\d+-\d+)-/.exec(name)?.[1];
  return owner !== undefined && isOwnerAlive(owner);
}

/** Leaves the indexes of a run to the next one. */
export async function publishIndexes({ lists, published }: AptRun): Promise<void> {
  await linkIndexes(lists, published);
  const current = new Set(await readdir(lists));
  for (const name of await readdir(published))
    if (!current.has(name) && !isBeingLinked(name)) await rm(join(published, name), { force: true });
}

export async function closeAptRun({ directory }: AptRun): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
