import type { LocalizedText, LockedArchive, LockedPackage } from '@imprint/protocol';

export const severities = ['unimportant', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Severities somebody carried in, and how old they are. */
export interface SeverityFeed {
  readonly schema: 'imprint/severity-feed/v1';
  /** Who states them, or the format they came in. */
  readonly source: string;
  /** When they were stated; absent where the file does not say. */
  readonly date?: string;
  readonly importedAt?: string;
  readonly severities: Readonly<Record<string, Severity>>;
}

/** One upstream archive at a scan; what could not be fetched is unknown and says why. */
export type SourceState = Pick<LockedArchive, 'archive' | 'mirror' | 'suite'> & {
  /** Date of the index the lock was made from. */
  readonly lockedDate: string | undefined;
} & (
    | { readonly state: 'fetched'; readonly date: string; readonly fetchedAt: string }
    | {
        readonly state: 'unknown';
        readonly reason: { readonly code: string; readonly message: LocalizedText };
      }
  );

export interface FoundCve {
  readonly id: string;
  readonly severity?: Severity;
}

export interface PatchUpdate {
  readonly name: string;
  /** The name of what it replaces, where that differs: kernels carry their version in the name. */
  readonly was?: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'newer' | 'older' | 'same';
  readonly archive: LockedPackage['archive'];
  readonly source: string;
  /** Fixed between the two versions, by the package's own changelog; absent where none could be read. */
  readonly cves?: readonly FoundCve[];
}

export type Figure = number | 'unknown';

/** What upstream has now that a lock has not. */
export interface PatchScan {
  readonly schema: 'imprint/patch-scan/v1';
  readonly edition: string;
  readonly version: string;
  readonly lockSha256: string;
  readonly scannedAt: string;
  readonly sources: readonly SourceState[];
  /** `solved`: a whole new lock was resolved. `listed`: only newer versions in the archives that could be fetched. */
  readonly depth: 'solved' | 'listed';
  readonly updates: readonly PatchUpdate[];
  readonly added: readonly { readonly name: string; readonly version: string }[];
  readonly removed: readonly { readonly name: string; readonly version: string }[];
  /** Updates by the archive they come from. */
  readonly counts: Readonly<Record<LockedPackage['archive'], Figure>>;
  /** CVEs the updates fix; unknown where a source or a changelog is. */
  readonly fixedCves: Figure;
  readonly feed?: { readonly source: string; readonly date?: string; readonly importedAt?: string };
  /** `open`: something security-relevant waits. `unknown`: nothing known does, but not everything could be asked. */
  readonly verdict: 'open' | 'none' | 'unknown';
}
