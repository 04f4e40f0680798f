import { buildSnapshot, buildTimestamp, encodeMetadata, type Signer, signMetadata } from '@imprint/trust';
import { lifetimes } from '../rules.ts';
import type { RepositoryState } from './repository.ts';

const after = (now: Date, days: number) => new Date(now.getTime() + days * 86_400_000);

/** Signs the next snapshot over the given targets files. */
export function nextSnapshot(
  state: RepositoryState | undefined,
  files: Pick<RepositoryState, 'targets' | 'release' | 'emergency'>,
  online: readonly Signer[],
  now: Date,
): { readonly version: number; readonly bytes: Uint8Array } {
  const version = (state?.snapshot.signed.version ?? 0) + 1;
  const unsigned = buildSnapshot({
    version,
    expires: after(now, lifetimes.snapshotDays),
    files: {
      targets: encodeMetadata(files.targets),
      release: encodeMetadata(files.release),
      ...(files.emergency === undefined ? {} : { emergency: encodeMetadata(files.emergency) }),
    },
  });
  return { version, bytes: encodeMetadata(signMetadata(unsigned, online)) };
}

/** Signs the next timestamp over a snapshot. */
export function nextTimestamp(
  state: RepositoryState | undefined,
  snapshot: Uint8Array,
  online: readonly Signer[],
  now: Date,
): Uint8Array {
  const version = (state?.timestamp.signed.version ?? 0) + 1;
  const unsigned = buildTimestamp({ version, expires: after(now, lifetimes.timestampDays), snapshot });
  return encodeMetadata(signMetadata(unsigned, online));
}
