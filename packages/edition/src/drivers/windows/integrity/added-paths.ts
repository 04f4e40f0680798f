import { foldPath } from '../formats/wim/wim-path.ts';
import type { MatchedEntries } from './match-entries.ts';
import type { ImageEntry, WimFinding } from './model.ts';

/** A file the plan adds; `observedSha256` is that of the bytes read back out of the pressed image. */
export interface AddedPath {
  readonly path: string;
  readonly step: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly observedSha256: string | undefined;
}

export interface AddedVerdict {
  readonly step: string;
  /** Present for files. */
  readonly sha256?: string;
}

/** What the plan says of the added paths, by path, and which of them it does not explain. */
export interface AddedVerdicts {
  readonly steps: ReadonlyMap<string, AddedVerdict>;
  readonly violations: readonly WimFinding[];
}

/** The directories a planned file needs, each with the step that needs it first. */
function neededDirectories(planned: readonly AddedPath[]): Map<string, string> {
  const needed = new Map<string, string>();
  for (const { path, step } of planned)
    for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', end + 1)) {
      const directory = foldPath(path.slice(0, end));
      if (!needed.has(directory)) needed.set(directory, step);
    }
  return needed;
}

/** Compares the paths a pressed image has beyond the vendor's with what the plan adds: nothing else, and all of it. */
export function addedPaths({ matched, added }: MatchedEntries, planned: readonly AddedPath[]): AddedVerdicts {
  const files = new Map(planned.map((item) => [foldPath(item.path), item]));
  const directories = neededDirectories(planned);
  const steps = new Map<string, AddedVerdict>();
  const violations: WimFinding[] = [];
  const taken = new Set(matched.map(({ entry }) => foldPath(entry.path)));
  for (const entry of added) {
    const folded = foldPath(entry.path);
    const finding = taken.has(folded)
      ? unplanned(entry, 'differs from another path in case only')
      : explain(entry, files.get(folded), directories.get(folded), steps);
    taken.add(folded);
    if (finding !== undefined) violations.push(finding);
  }
  for (const { path, step } of planned)
    if (!taken.has(foldPath(path))) violations.push({ path, facets: ['missing'], step });
  return { steps, violations };
}

const unplanned = ({ path }: ImageEntry, note?: string): WimFinding => ({
  path,
  facets: ['unplanned'],
  ...(note === undefined ? {} : { note }),
});

/** Remembers the step that explains a path, or says why none does. */
function explain(
  entry: ImageEntry,
  file: AddedPath | undefined,
  directoryStep: string | undefined,
  steps: Map<string, AddedVerdict>,
): WimFinding | undefined {
  const { path, type, streams } = entry;
  if (type === 'directory' && directoryStep !== undefined && streams === undefined) {
    steps.set(path, { step: directoryStep });
    return undefined;
  }
  if (type !== 'file' || file === undefined) return unplanned(entry);
  const { step, sha256 } = file;
  steps.set(path, { step, sha256 });
  if (file.observedSha256 !== sha256) return { path, facets: ['content'], step };
  if (streams !== undefined) return { path, facets: ['streams'], step };
  return undefined;
}
