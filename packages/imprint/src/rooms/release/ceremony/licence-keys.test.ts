import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptoProfile } from '@imprint/protocol';
import { generateSigner, licenceKeysOf, type Signer } from '@imprint/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { draftRoot } from './root-ceremony.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-licence-keys-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const both = () => [generateSigner('ed25519'), generateSigner('sm2-sm3')];
const holding = (holder: string, signers: readonly Signer[]) => ({
  holder,
  publicKeys: signers.map(({ key }) => key),
});

function draft(
  name: string,
  profile: CryptoProfile,
  licensing: readonly Signer[] | undefined,
  online = both(),
) {
  const title = { en: 'Operator', 'zh-CN': '运营方' };
  return draftRoot({
    directory: join(directory, name),
    profile,
    parties: [{ name: 'operator', title, threshold: 1, holders: [holding('operator', both())] }],
    online: holding('online', online),
    licensing: licensing && holding('licensing', licensing),
    now: new Date('2026-11-23T12:00:00Z'),
  });
}

test('the first root pins the licence key in every suite of its profile, or none where there is no key', async () => {
  const key = both();
  const { root } = await draft('dual', 'dual', key);
  expect(licenceKeysOf(root).map(({ keyId }) => keyId)).toEqual(key.map((signer) => signer.key.keyId));
  const standard = await draft('intl', 'intl', key);
  expect(licenceKeysOf(standard.root).map(({ scheme }) => scheme)).toEqual(['ed25519']);
  expect(licenceKeysOf((await draft('none', 'dual', undefined)).root)).toEqual([]);
});

test('a licence key that signs anything else, lacks a suite, or has one too many is refused', async () => {
  const key = both();
  const refuse = (made: Promise<unknown>, code: string) =>
    expect(made).rejects.toThrow(expect.objectContaining({ code }));
  await refuse(draft('shared', 'dual', key, key), 'RELEASE_KEY_SHARED');
  await refuse(draft('half', 'dual', [generateSigner('ed25519')]), 'RELEASE_PARTY_INVALID');
  await refuse(draft('national', 'national', key), 'RELEASE_PARTY_INVALID');
  const { root } = await draft('sm2', 'national', [generateSigner('sm2-sm3')]);
  expect(licenceKeysOf(root).map(({ scheme }) => scheme)).toEqual(['sm2-sm3']);
});
