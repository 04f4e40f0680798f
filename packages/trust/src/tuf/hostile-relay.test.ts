import { isImprintError } from '@imprint/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newClient, newWorld, publish, targetPath } from '../testing/world.ts';
import { downloadTarget } from './download.ts';

const world = newWorld('dual');
publish(world);
const paths = [...world.files.keys()].filter((path) => path !== 'metadata/1.root.json');

/** One thing a relay may do to one file on its way. */
const meddling = fc.record({
  path: fc.constantFrom(...paths),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  act: fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), bit: fc.integer({ min: 0, max: 7 }) }),
    fc.record({ kind: fc.constant('truncate' as const) }),
    fc.record({
      kind: fc.constant('insert' as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    }),
    fc.record({ kind: fc.constant('swap' as const), with: fc.constantFrom(...paths) }),
  ),
});
type Meddling = typeof meddling extends fc.Arbitrary<infer T> ? T : never;

function meddle(bytes: Uint8Array, { at, act }: Meddling): Uint8Array {
  const offset = Math.floor(at * bytes.length);
  if (act.kind === 'swap') return world.files.get(act.with) ?? bytes;
  if (act.kind === 'truncate') return bytes.subarray(0, offset);
  const changed = Buffer.from(bytes);
  if (act.kind === 'insert')
    return Buffer.concat([changed.subarray(0, offset), act.bytes, changed.subarray(offset)]);
  changed[offset] = (changed[offset] ?? 0) ^ (1 << act.bit);
  return changed;
}

test('whatever a relay does to a file, the client refuses with a code or trusts the very same', async () => {
  const client = newClient(world);
  const genuine = await client.refresh();
  const target = await downloadTarget(genuine, targetPath, client.fetch);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(meddling, async (what) => {
      const files = new Map(world.files);
      files.set(what.path, meddle(files.get(what.path) ?? Buffer.alloc(0), what));
      const victim = newClient({ ...world, files });
      try {
        const trusted = await victim.refresh();
        expect(trusted.snapshot.signed).toEqual(genuine.snapshot.signed);
        expect(trusted.delegated.get('release')?.signed).toEqual(genuine.delegated.get('release')?.signed);
        expect(await downloadTarget(trusted, targetPath, victim.fetch)).toEqual(target);
      } catch (error) {
        if (!isImprintError(error)) throw error;
        expect(error.code).toMatch(/^TRUST_/);
        refused++;
      }
    }),
    { numRuns: 80 },
  );
  expect(refused).toBeGreaterThan(40);
});
