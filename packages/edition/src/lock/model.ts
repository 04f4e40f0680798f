import type { Reporter } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';

export interface ResolveOptions {
  readonly store: ContentStore;
  /** Holds the indexes between runs. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** The TUF root a device pins; it stands in for the manifest's `trust.releaseRoot`. */
  readonly releaseRoot?: string | undefined;
  /** The public key of the edition's apt suites; devices of Debian editions take packages signed with it. */
  readonly archiveKey?: string | undefined;
  /** Keys the archives must be signed with; Debian's own if not given. */
  readonly keyring?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
