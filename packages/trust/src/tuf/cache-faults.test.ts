import { expect, test } from 'vitest';
import { newWorld, now, publish, signedRoot, type World } from '../testing/world.ts';
import { memoryCache, type TufCache } from './cache.ts';
import { type RefreshOptions, refreshTuf } from './client.ts';
import { encodeMetadata } from './parse.ts';

type Fault = 'before' | 'after';

/** A cache that fails at its nth write: before doing it, or having done it. */
function faulty(inner: TufCache, nth: number, fault: Fault): TufCache & { writes(): number } {
  let count = 0;
  const write = async (act: () => Promise<void>): Promise<void> => {
    const fails = ++count === nth;
    if (fails && fault === 'before') throw new Error('no space left');
    await act();
    if (fails) throw new Error('lost after writing');
  };
  return {
    get: inner.get,
    put: (name, bytes) => write(() => inner.put(name, bytes)),
    delete: (name) => write(() => inner.delete(name)),
    writes: () => count,
  };
}

/** First publication trusted, then a second with a new root and new online keys waiting. */
async function prepared(): Promise<{ options: RefreshOptions; world: World }> {
  const world = newWorld('intl');
  publish(world);
  const options = {
    trustedRoot: encodeMetadata(signedRoot(world)),
    cache: memoryCache(),
    fetch: async (path: string) => world.files.get(path),
    now,
  };
  await refreshTuf(options);
  const rotated = { ...world, online: newWorld('intl').online };
  publish(rotated, { version: 2, root: signedRoot(rotated, 2) });
  return { options, world: rotated };
}

test.each(['before', 'after'] as const)(
  'a write that fails %s it is done, at any step, is made good by the next refresh',
  async (fault) => {
    let nth = 1;
    for (; ; nth++) {
      const { options, world } = await prepared();
      const cache = faulty(options.cache, nth, fault);
      const failed = await refreshTuf({ ...options, cache }).then(
        () => false,
        () => true,
      );
      if (!failed) break;
      const again = await refreshTuf(options);
      expect([again.root.signed.version, again.snapshot.signed.version]).toEqual([2, 2]);
      publish(world, { root: signedRoot(world, 2) });
      await expect(refreshTuf(options)).rejects.toThrow(
        expect.objectContaining({ code: 'TRUST_TUF_ROLLBACK' }),
      );
    }
    expect(nth).toBe(9);
  },
);
