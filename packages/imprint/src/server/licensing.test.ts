import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMetadata, generateSigner, type Metadata, type RootSigned, type Signer } from '@imprint/trust';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Licensor, testLicensor } from '../../test/support/licensing.ts';
import { type TestClock, testClock } from '../../test/support/test-server.ts';
import { homePaths } from '../home.ts';
import { readHomeRoot, releasePaths } from '../rooms/release/index.ts';
import { licensingContext } from './licensing.ts';

type Base = Parameters<typeof licensingContext>[0];

let home: string;
let clock: TestClock;
beforeEach(async () => {
  clock = testClock(new Date('2026-03-02T08:00:00.000Z'));
  home = await mkdtemp(join(tmpdir(), 'imprint-licensing-'));
  return () => rm(home, { recursive: true, force: true });
});

const contextOf = (open: () => Promise<readonly Signer[] | undefined>) =>
  licensingContext({ clock } as unknown as Base, open, () => readHomeRoot(releasePaths(homePaths(home))));

/** Puts a root where a home has it before, or after, its first publication. */
async function place(where: 'release/root' | 'repository/metadata', root: Metadata<RootSigned>) {
  await mkdir(join(home, where), { recursive: true });
  await writeFile(join(home, where, 'root.json'), encodeMetadata(root));
}

it('a licence key that could not be read once is read again, and kept once it was', async () => {
  const signer = generateSigner('ed25519');
  let times = 0;
  const context = contextOf(async () => {
    times += 1;
    if (times === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return [signer];
  });
  await expect(context.licenceKey()).rejects.toThrow('too many open files');
  expect(await context.licenceKey()).toEqual({ profile: 'intl', signers: [signer] });
  await context.licenceKey();
  expect(times).toBe(2);
});

describe('a licence key of a home whose root pins licence keys', () => {
  const refused = { code: 'LICENSING_KEY_UNPINNED' };
  const keyOf = (licensor: Licensor) => contextOf(async () => licensor.signers).licenceKey();

  it.each(['release/root', 'repository/metadata'] as const)(
    'is refused where %s pins another',
    async (where) => {
      const [own, other] = [testLicensor(), testLicensor()];
      await place(where, own.root);
      expect(await keyOf(own)).toMatchObject({ profile: 'intl' });
      await expect(keyOf(other)).rejects.toMatchObject(refused);
    },
  );

  it('is refused where it lacks what the profile of the root demands', async () => {
    const dual = testLicensor('dual');
    await place('repository/metadata', dual.root);
    expect(await keyOf(dual)).toMatchObject({ profile: 'dual' });
    await expect(keyOf({ ...dual, signers: dual.signers.slice(0, 1) })).rejects.toMatchObject(refused);
  });

  it('is judged by the published root, and again when that or the key is replaced', async () => {
    const [old, next] = [testLicensor(), testLicensor()];
    let signers = next.signers;
    const context = contextOf(async () => signers);
    await place('release/root', old.root);
    await expect(context.licenceKey()).rejects.toMatchObject(refused);
    await place('repository/metadata', next.root);
    clock.advance(10);
    expect(await context.licenceKey()).toMatchObject({ signers: next.signers });
    await place('repository/metadata', old.root);
    clock.advance(10);
    await expect(context.licenceKey()).rejects.toMatchObject(refused);
    signers = old.signers;
    clock.advance(10);
    expect(await context.licenceKey()).toMatchObject({ signers: old.signers });
  });
});
