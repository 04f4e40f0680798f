import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PatchSetPackage } from '@imprint/protocol';
import type { Device } from '../device.ts';

/** Where a patch run keeps what it fetched, below the state; only root looks into it. */
export interface Workspace {
  readonly directory: string;
  /** The canonical package that apt is given. */
  readonly deb: (wanted: PatchSetPackage) => string;
  /** A pack or patch while it comes in. */
  readonly incoming: (sha256: string) => string;
  readonly blob: (sha256: string) => string;
  /** Removes what is not of this release. */
  readonly keepOnly: (names: ReadonlySet<string>) => void;
  readonly clear: () => void;
}

/** A version's colon would part a host from a path for some programs; apt writes it so too. */
const fileName = ({ name, version, architecture }: PatchSetPackage): string =>
  `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;

/** Opens the workspace of patch runs. */
export function openWorkspace({ stateDir }: Pick<Device, 'stateDir'>): Workspace {
  const directory = join(stateDir, 'patch');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    directory,
    deb: (wanted) => join(directory, fileName(wanted)),
    incoming: (sha256) => join(directory, `${sha256}.incoming`),
    blob: (sha256) => join(directory, sha256),
    keepOnly: (names) => {
      for (const name of readdirSync(directory)) {
        if (!names.has(name) && !names.has(name.replace(/\.(part|frames)$/, '')))
          rmSync(join(directory, name), { recursive: true, force: true });
      }
    },
    clear: () => rmSync(directory, { recursive: true, force: true }),
  };
}
