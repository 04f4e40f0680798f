import { createHash } from 'node:crypto';

function leafHash(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/**
 * Returns the Merkle tree hash of leaves in their order, as 64 hexadecimal digits, in memory logarithmic in their number.
 *
 * Source: RFC 6962 §2.1.
 */
export function merkleRoot(leaves: Iterable<Uint8Array>): string {
  const pending: { size: number; hash: Buffer }[] = [];
  for (const leaf of leaves) {
    let tree = { size: 1, hash: leafHash(leaf) };
    // Joins equal sizes, so pending trees are the binary digits of the number of leaves.
    while (pending.at(-1)?.size === tree.size) {
      const left = pending.pop() as typeof tree;
      tree = { size: left.size * 2, hash: nodeHash(left.hash, tree.hash) };
    }
    pending.push(tree);
  }
  const last = pending.pop();
  if (last === undefined) return createHash('sha256').digest('hex');
  return pending.reduceRight((right, left) => nodeHash(left.hash, right), last.hash).toString('hex');
}
