import type { DebianLock, PatchSet } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleLock } from '../../plan/sample-lock.ts';
import { changedDebs, lockedDebs, type PatchSource, startingReleases } from './changed.ts';

const digest = (text: string) => sha256Hex(Buffer.from(text));
type Versions = Readonly<Record<string, number>>;

function lockOf(versions: Versions): DebianLock {
  const packages = Object.entries(versions).map(([name, number]) => ({
    ...{ name, version: String(number), architecture: 'amd64', source: { name, version: String(number) } },
    ...{ archive: 'base' as const, path: name, sha256: digest(`${name} ${number}`), sizeBytes: 1 },
  }));
  return { ...sampleLock(), base: [], packages, inputs: [] };
}

function releaseOf(versions: Versions, number: number, patchSet?: PatchSet): PatchSource {
  return { lock: lockOf(versions), lockSha256: digest(`release ${number}`), patchSet };
}

/** The set's document as the encoder writes it, without packs. */
function setOf(to: PatchSource, from: readonly PatchSource[]): PatchSet {
  const reference = {
    sha256: digest(''),
    headBytes: 1,
    sizeBytes: 1,
    deb: { sha256: digest(''), sizeBytes: 1 },
  };
  const packages = changedDebs(lockedDebs(to.lock), from).flatMap(({ package: described }) =>
    described === undefined ? [] : [{ ...described, deb: reference.deb, pack: reference, patches: [] }],
  );
  const { edition, version } = to.lock;
  return {
    ...{ schema: 'imprint/patch-set/v1', edition, version, lockSha256: to.lockSha256 },
    ...{ from: startingReleases(from), packages },
  };
}

const versions = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 3 }));
const namesOf = ({ packages }: PatchSet) => packages.map(({ name }) => name).sort();

test('every device that a set starts from finds in it what it lacks, and exactly that where its lock is known', () => {
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      const lacking = (have: Versions) => Object.keys(c).filter((name) => have[name] !== c[name]);
      const [first, third] = [releaseOf(a, 1), releaseOf(c, 3)];
      const second = releaseOf(b, 2, setOf(releaseOf(b, 2), [first]));
      const exact = new Set([...lacking(a), ...lacking(b)]);
      expect(namesOf(setOf(third, [second, first]))).toEqual([...exact].sort());
      const carried = setOf(third, [second]);
      expect(namesOf(carried)).toEqual(expect.arrayContaining([...exact]));
      expect(carried.from.map(({ lockSha256 }) => lockSha256)).toEqual([second.lockSha256, first.lockSha256]);
    }),
  );
});

test('a set starts from a bounded number of releases, each once, the newest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 12 }), { minLength: 1 }), (numbers) => {
      const from = startingReleases(numbers.map((number) => releaseOf({}, number)));
      const unique = [...new Set(numbers)].slice(0, 8);
      expect(from.map(({ lockSha256 }) => lockSha256)).toEqual(
        unique.map((number) => releaseOf({}, number).lockSha256),
      );
    }),
  );
});
