import type { LockedFile } from '@imprint/protocol';
import type { ResolveOptions } from '../../../lock/model.ts';
import type { InputFile } from '../../../manifest/index.ts';
import type { Stage } from '../../../progress.ts';

/** What a lock works with: its options, where it reports, and a directory of its own. */
export interface LockContext {
  readonly options: ResolveOptions;
  readonly stage: Stage;
  readonly directory: string;
}

/** The image a manifest names; `keepMedium` when an output is made from the medium itself. */
export interface WantedImage extends InputFile {
  readonly keepMedium: boolean;
}

/** What of the vendor's a lock pins. */
export interface PinnedFiles {
  readonly parts: LockedFile[];
  readonly medium?: LockedFile;
}

/** `path` is where it can be read now; `name` is how its owner knows it. */
export interface ImagePart {
  readonly name: string;
  readonly path: string;
}

/** The vendor's files where they lie; `pin` takes them into the store. */
export interface ImageSource {
  /** In the order of the set. */
  readonly parts: readonly [ImagePart, ...ImagePart[]];
  readonly hasMedium: boolean;
  pin(): Promise<PinnedFiles>;
}
