/** Unpacked, an inventory has no more bytes and lines than these. */
export const inventoryLimits = { bytes: 16 * 1024 * 1024, packages: 20_000 } as const;

/** One installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

const line =
  /^(?<name>[A-Za-z0-9][A-Za-z0-9+.-]*) (?<version>[0-9A-Za-z.+:~-]+) (?<architecture>[a-z0-9-]+)$/;
const longest = 300;

/** Reads the text of an inventory: lines sorted by code units, none twice; undefined when it is not one. */
export function readInventoryText(text: string): InstalledPackage[] | undefined {
  if (text === '') return [];
  if (!text.endsWith('\n')) return undefined;
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > inventoryLimits.packages) return undefined;
  const packages: InstalledPackage[] = [];
  let before = '';
  for (const one of lines) {
    const found = one.length > longest || one <= before ? undefined : line.exec(one)?.groups;
    if (found === undefined) return undefined;
    const { name = '', version = '', architecture = '' } = found;
    packages.push({ name, version, architecture });
    before = one;
  }
  return packages;
}

/** At least so many, in steps of `k`: a number that does not tell one device from none. */
export const atLeast = (devices: number, k: number): number => devices - (devices % k);

/** A device with the set of packages it says it has; undefined for none. */
export interface Holding {
  readonly deviceId: string;
  readonly agencyPath: string;
  readonly sha256: string | undefined;
}

/** How many devices more (or less, below 0) of an agency have a set. */
export interface SetMovement {
  readonly sha256: string;
  readonly agencyPath: string;
  readonly by: number;
}

/** What moves when devices have another set, or the same at another agency. */
export function setMovements(
  changes: readonly { readonly before: Holding | undefined; readonly after: Holding }[],
): SetMovement[] {
  const moved = new Map<string, SetMovement>();
  const count = ({ sha256, agencyPath }: Holding, by: number) => {
    if (sha256 === undefined) return;
    const key = `${sha256} ${agencyPath}`;
    moved.set(key, { sha256, agencyPath, by: (moved.get(key)?.by ?? 0) + by });
  };
  for (const { before, after } of changes) {
    if (before !== undefined) count(before, -1);
    count(after, 1);
  }
  return [...moved.values()].filter(({ by }) => by !== 0);
}
