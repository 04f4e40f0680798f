import type { WindowsLock } from '@imprint/protocol';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { Reporter } from '../../../progress.ts';
import type { ContentStore } from '../../../store/index.ts';
import type { BaseImage } from './base-image.ts';

/** in-place: a hive keeps its owner, ACL, 8.3 name and creation time · replaced: it is a new file that inherits them. */
export type HiveMethod = 'in-place' | 'replaced';

/** Versions of the programs that decide bytes, by name. */
export type ToolVersions = Readonly<Record<string, string>>;

/** What every part of a running Windows build shares. */
export interface WindowsShop {
  readonly plan: WindowsBuildPlan;
  readonly lock: WindowsLock;
  /** The state directory. */
  readonly home: string;
  readonly store: ContentStore;
  /** Scratch space of this build, empty at its start. */
  readonly work: string;
  readonly base: BaseImage;
  readonly method: HiveMethod;
  readonly tools: ToolVersions;
  readonly catalogKey: string | undefined;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}
