import { expect, test } from 'vitest';
import { newWorld, partyNames, roleSigners, unsignedRoot } from '../testing/world.ts';
import { buildRelease, buildTargets, buildTimestamp } from './build.ts';
import { missingSignatures } from './missing.ts';
import { encodeMetadata } from './parse.ts';
import { signMetadata } from './sign.ts';

const world = newWorld('dual');
const root = unsignedRoot(world);
const expires = '2027-02-01T00:00:00.123Z';

test('an unsigned root misses every party in both suites', () => {
  const all = { role: 'root', needed: 3, have: 0, missingHolders: [...partyNames] };
  expect(missingSignatures(root, 'root', root)).toEqual([
    { ...all, suite: 'standard' },
    { ...all, suite: 'national' },
  ]);
});

test('what is left is named, and nothing when complete', () => {
  const release = buildRelease({ version: 1, expires, targets: {} });
  const partly = signMetadata(release, roleSigners(world, ['vendor', 'operator']));
  const left = { role: 'release', needed: 3, have: 2, missingHolders: ['regulator'] };
  expect(missingSignatures(partly, 'release', root)).toEqual([
    { ...left, suite: 'standard' },
    { ...left, suite: 'national' },
  ]);
  const complete = signMetadata(partly, roleSigners(world, ['regulator']));
  expect(missingSignatures(complete, 'release', root)).toEqual([]);
});

test('signatures by one suite only leave the other', () => {
  const targets = buildTargets({ version: 1, expires, root });
  const standard = roleSigners(world).filter(({ key }) => key.scheme === 'ed25519');
  const found = missingSignatures(signMetadata(targets, standard), 'targets', root);
  expect(found).toEqual([
    { role: 'targets', suite: 'national', needed: 3, have: 0, missingHolders: [...partyNames] },
  ]);
});

test('an online role names the online key', () => {
  const snapshot = encodeMetadata({
    signatures: [],
    signed: {
      _type: 'snapshot',
      spec_version: '1.0.34',
      version: 1,
      expires: '2027-02-01T00:00:00Z',
      meta: { 'targets.json': { version: 1 } },
    },
  });
  const timestamp = buildTimestamp({ version: 1, expires, snapshot });
  expect(timestamp.signed.expires).toBe('2027-02-01T00:00:00Z');
  expect(missingSignatures(timestamp, 'timestamp', root)[0]?.missingHolders).toEqual(['online']);
  expect(missingSignatures(signMetadata(timestamp, world.online), 'timestamp', root)).toEqual([]);
});

test('a new root with other parties is asked for by both roots', () => {
  const next = unsignedRoot(newWorld('dual'), 2);
  const byOld = signMetadata(next, roleSigners(world));
  expect(missingSignatures(byOld, 'root', root)).toEqual([]);
  expect(missingSignatures(byOld, 'root', next)).toHaveLength(2);
});
