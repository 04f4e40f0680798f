import type { LockedImage } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';

/** Names a vendor's image by the digests of its files and its index: what a plan lies on, and what is remembered of it. */
export function imageKey({ parts, index }: LockedImage): string {
  return sha256Hex(
    canonicalJson({ schema: 'imprint/image/v1', parts: parts.map(({ sha256 }) => sha256), index }),
  );
}
