import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, emptyHead } from './model.ts';
import { type Chain, chainStart, entryHash, verifyEnd, verifyNext } from './rules.ts';

/** A chain of as many entries as asked for. */
function chainOf(length: number): Entry[] {
  const entries: Entry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const previous = entries.at(-1)?.hash ?? emptyHead;
    const at = new Date(1_700_000_000_000 + seq).toISOString();
    const digests = { message: seq.toString(16).padStart(64, '0') };
    const entry = {
      seq,
      at,
      action: 'test.act',
      actor: 'service:test',
      agencyPath: '/',
      subject: 's',
      digests,
      previous,
    };
    entries.push({ ...entry, hash: entryHash(entry) });
  }
  return entries;
}

const headOf = (entries: readonly Entry[]) => ({
  seq: entries.length,
  hash: entries.at(-1)?.hash ?? emptyHead,
});
const verify = (entries: readonly Entry[], head: { seq: number; hash: string }) =>
  verifyEnd(entries.reduce<Chain>(verifyNext, chainStart), head);

describe('the chain', () => {
  it('of nothing is intact', () => {
    expect(verify([], { seq: 0, hash: emptyHead })).toEqual({ intact: true, entries: 0, head: emptyHead });
  });

  it('names the first entry that was changed, taken out, or cut off, wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (length, pick) => {
        const entries = chainOf(length);
        const head = headOf(entries);
        expect(verify(entries, head)).toMatchObject({ intact: true, entries: length });

        const index = pick % length;
        const changed = entries.map((entry, i) =>
          i === index ? { ...entry, actor: 'service:other' } : entry,
        );
        expect(verify(changed, head).broken).toEqual({ seq: index + 1, reason: 'changed' });

        const without = entries.filter((_, i) => i !== index);
        const reason = index === length - 1 ? 'cut' : 'missing';
        expect(verify(without, head).broken).toEqual({ seq: index + 1, reason });
      }),
    );
  });

  it('names the entry after one that was changed and sealed again', () => {
    const entries = chainOf(4);
    const second = { ...(entries[1] as Entry), actor: 'service:other' };
    const resealed = { ...second, hash: entryHash(second) };
    const forged = entries.map((entry, i) => (i === 1 ? resealed : entry));
    expect(verify(forged, headOf(entries)).broken).toEqual({ seq: 3, reason: 'unlinked' });
  });
});
