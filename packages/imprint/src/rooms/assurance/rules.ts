import { canonicalJson, sha256Hex } from '@imprint/trust';
import { type Entry, emptyHead, type Verification } from './model.ts';

/** The hash of an entry: SHA-256 of the canonical JSON of everything else in it. */
export function entryHash(entry: Omit<Entry, 'hash'>): string {
  const { seq, at, action, actor, agencyPath, subject, digests, previous } = entry;
  return sha256Hex(canonicalJson({ seq, at, action, actor, agencyPath, subject, digests, previous }));
}

/** Where a verification stands after some entries; fold `verifyNext` over the entries in order. */
export interface Chain {
  readonly seq: number;
  readonly hash: string;
  readonly broken?: NonNullable<Verification['broken']>;
}

export const chainStart: Chain = { seq: 0, hash: emptyHead };

/** Adds one entry to a verification; the first broken one stays named whatever follows. */
export function verifyNext(chain: Chain, entry: Entry): Chain {
  if (chain.broken !== undefined) return chain;
  const seq = chain.seq + 1;
  if (entry.seq !== seq) return { ...chain, broken: { seq, reason: 'missing' } };
  if (entry.previous !== chain.hash) return { ...chain, broken: { seq, reason: 'unlinked' } };
  if (entryHash(entry) !== entry.hash) return { ...chain, broken: { seq, reason: 'changed' } };
  return { seq, hash: entry.hash };
}

/** Ends a verification against the head the chain should reach. */
export function verifyEnd(chain: Chain, head: { seq: number; hash: string }): Verification {
  const cut = chain.seq !== head.seq || chain.hash !== head.hash;
  const broken = chain.broken ?? (cut ? { seq: chain.seq + 1, reason: 'cut' as const } : undefined);
  return {
    intact: broken === undefined,
    entries: chain.seq,
    head: chain.hash,
    ...(broken === undefined ? {} : { broken }),
  };
}
