import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { type PackIndex, packLimits, packMagic } from '@imprint/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildOddPackage } from '../../../edition/src/packs/fixture.ts';
import { type EncodedPack, encodePack, writeCanonicalDeb } from '../../../edition/src/packs/index.ts';
import { rebuildFromPack } from './rebuild-pack.ts';
import { receive, stretchesOf } from './receive.ts';
import { sha256 } from './sha256.ts';
import { fileSource, type PackSource } from './source.ts';

let directory: string;
let pack: EncodedPack<PackIndex>;
let canonical: Buffer;
let whole: Buffer;
let file: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-receive-'));
  const made = await writeCanonicalDeb(buildOddPackage(directory, 2), join(directory, 'canonical.deb'));
  pack = await encodePack(made, join(directory, 'pack'));
  canonical = readFileSync(made.file);
  whole = readFileSync(pack.file);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  file = join(directory, 'received');
  rmSync(file, { force: true });
});

/** A source of bytes in pieces of 1,000, up to `cutAt`; it tells where it was asked to begin. */
function served(bytes: Buffer, cutAt = bytes.length, starts: number[] = []): PackSource {
  return async function* (start, end) {
    starts.push(start);
    for (let at = start; at < Math.min(end, cutAt); at += 1000)
      yield bytes.subarray(at, Math.min(at + 1000, end, cutAt));
  };
}

const target = () => join(directory, 'rebuilt.deb');

test('a pack received in one request gives the canonical package', async () => {
  const received = await receive('pack', pack.reference, fileSource(pack.file), file);
  expect(received).toMatchObject({ requests: 1, bytes: whole.length });
  rebuildFromPack(received, target());
  expect(readFileSync(target()).equals(canonical)).toBe(true);
  expect(await receive('pack', pack.reference, served(whole), file)).toMatchObject({ requests: 0, bytes: 0 });
});

test('the same package gives the same pack', async () => {
  const again = await writeCanonicalDeb(buildOddPackage(directory, 2), join(directory, 'again.deb'));
  const second = await encodePack(again, join(directory, 'second'));
  expect(second.reference).toEqual(pack.reference);
  expect(readFileSync(second.file).equals(whole)).toBe(true);
  expect(readdirSync(join(directory, 'second'))).toEqual([second.reference.sha256]);
});

test('a cut at any byte costs at most the frame it fell into', async () => {
  const { headBytes } = pack.reference;
  const ends = [
    headBytes,
    ...stretchesOf(pack.index.frames, headBytes).map(({ start, expected }) => start + expected[0]),
  ];
  const check = async (cut: number) => {
    rmSync(file, { force: true });
    const first = receive('pack', pack.reference, served(whole, cut), file);
    await expect(first).rejects.toMatchObject({ code: 'AGENT_PACK_INCOMPLETE' });
    const starts: number[] = [];
    const received = await receive('pack', pack.reference, served(whole, whole.length, starts), file);
    expect(starts).toEqual([ends.filter((end) => end <= cut).at(-1) ?? 0]);
    expect(readFileSync(received.file).equals(whole)).toBe(true);
  };
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), check), {
    numRuns: 40,
    examples: [[0], [11], [12], ...ends.flatMap((end) => [[end - 1], [end]] as [number][])].filter(
      ([cut = 0]) => cut < whole.length,
    ) as [number][],
  });
});

test('what stands in the file and is damaged is fetched again from there', async () => {
  const check = async (at: number) => {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(file, damaged);
    await receive('pack', pack.reference, served(whole), file);
    expect(readFileSync(file).equals(whole)).toBe(true);
  };
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), check), { numRuns: 20 });
});

describe('refused', () => {
  test('any changed byte, as head or frame, and only whole frames before it are kept', async () => {
    const check = async (at: number, by: number) => {
      rmSync(file, { force: true });
      const damaged = Buffer.from(whole);
      damaged[at] = ((damaged[at] ?? 0) + by) % 256;
      const code = at < pack.reference.headBytes ? 'AGENT_PACK_HEAD_MISMATCH' : 'AGENT_PACK_FRAME_MISMATCH';
      await expect(receive('pack', pack.reference, served(damaged), file)).rejects.toMatchObject({ code });
      const kept = readFileSync(file);
      expect(kept.equals(whole.subarray(0, kept.length))).toBe(true);
      expect(kept.length).toBeLessThanOrEqual(at);
    };
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), check), {
      numRuns: 40,
      examples: [
        [0, 1],
        [8, 1],
        [whole.length - 1, 1],
      ],
    });
  });

  /** A signed head whose index is what `change` makes of the right one. */
  function headWith(change: (index: Record<string, unknown>) => unknown, magic: string = packMagic.pack) {
    const index = change(JSON.parse(JSON.stringify(pack.index)) as Record<string, unknown>);
    const packed = brotliCompressSync(Buffer.from(typeof index === 'string' ? index : JSON.stringify(index)));
    const preamble = Buffer.alloc(packLimits.preamble);
    preamble.write(magic, 'latin1');
    preamble.writeUInt32LE(packed.length, magic.length);
    const head = Buffer.concat([preamble, packed]);
    const bytes = Buffer.concat([head, whole.subarray(pack.reference.headBytes)]);
    const reference = {
      ...pack.reference,
      sha256: sha256(head),
      headBytes: head.length,
      sizeBytes: bytes.length,
    };
    return { bytes, reference };
  }

  test.each<[string, (index: Record<string, unknown>) => unknown]>([
    ['no JSON', () => 'no json'],
    ['no object', () => [1]],
    [
      'a package that is a path',
      (index) => ({ ...index, package: { name: '../x', version: '1', architecture: 'all' } }),
    ],
    ['no frames', ({ frames: _frames, ...index }) => index],
    ['a frame too few', (index) => ({ ...index, frames: [[5, 'a'.repeat(64)]] })],
    [
      'a frame above 1 MiB',
      (index) => ({
        ...index,
        frames: [
          [2 ** 22, 'a'.repeat(64)],
          [1, 'a'.repeat(64)],
        ],
      }),
    ],
    [
      'a frame of no length',
      (index) => ({
        ...index,
        frames: [
          [0, 'a'.repeat(64)],
          [1, 'a'.repeat(64)],
        ],
      }),
    ],
    [
      'another package',
      (index) => ({ ...index, deb: { sha256: 'a'.repeat(64), sizeBytes: canonical.length } }),
    ],
    ['a negative size', (index) => ({ ...index, deb: { sha256: 'a'.repeat(64), sizeBytes: -1 } })],
  ])('an index, though signed, with %s', async (_what, change) => {
    const { bytes, reference } = headWith(change);
    await expect(receive('pack', reference, served(bytes), file)).rejects.toMatchObject({
      code: 'AGENT_PACK_MALFORMED',
    });
    expect(statSync(file).size).toBe(0);
  });

  test('a patch where a pack is expected, an index that unpacks to too much, a head that claims too much', async () => {
    const bomb = headWith(() => `"${' '.repeat(packLimits.index)}"`);
    const patch = headWith((index) => index, packMagic.patch);
    const huge = { bytes: whole, reference: { ...pack.reference, headBytes: 2 ** 31 } };
    for (const { bytes, reference } of [bomb, patch, huge])
      await expect(receive('pack', reference, served(bytes), file)).rejects.toMatchObject({
        code: 'AGENT_PACK_MALFORMED',
      });
  });

  test('a frame that is signed and does not unpack, or to something else', async () => {
    const other = await (async () => {
      const [first = [0, '']] = pack.index.frames;
      const noise = Buffer.alloc(first[0], 0xff);
      const rest = whole.subarray(pack.reference.headBytes + first[0]);
      const digests = pack.index.frames.map((frame, n) => (n === 0 ? [first[0], sha256(noise)] : frame));
      const { reference } = headWith((index) => ({ ...index, frames: digests }));
      const head = headWith((index) => ({ ...index, frames: digests })).bytes.subarray(
        0,
        reference.headBytes,
      );
      return { bytes: Buffer.concat([head, noise, rest]), reference };
    })();
    const received = await receive('pack', other.reference, served(other.bytes), file);
    expect(() => rebuildFromPack(received, join(directory, 'never.deb'))).toThrow('does not unpack');
    const swapped = await receive('pack', pack.reference, served(whole), file);
    const index = { ...swapped.index, deb: { ...swapped.index.deb, sha256: 'f'.repeat(64) } };
    expect(() => rebuildFromPack({ ...swapped, index }, join(directory, 'never.deb'))).toThrow(
      'refusing a rebuilt package that is not the signed one',
    );
    expect(readdirSync(directory).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('a full disk, with the whole frames kept', async () => {
    const mount = mkdtempSync(join(directory, 'small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]);
    try {
      const own = join(mount, 'received');
      await expect(receive('pack', pack.reference, served(whole), own)).rejects.toMatchObject({
        code: 'AGENT_PACK_NO_ROOM',
      });
      expect(statSync(own).size).toBeGreaterThanOrEqual(pack.reference.headBytes);
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  test('a link in place of the file it writes', async () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'untouched');
    symlinkSync(elsewhere, file);
    await expect(receive('pack', pack.reference, served(whole), file)).rejects.toMatchObject({
      code: 'ELOOP',
    });
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
  });
});

test('bytes after the end are not asked for and a longer file is cut', async () => {
  writeFileSync(file, Buffer.concat([whole, Buffer.from('more')]));
  expect(await receive('pack', pack.reference, served(whole), file)).toMatchObject({ requests: 0 });
  expect(statSync(file).size).toBe(whole.length);
  truncateSync(file, 3);
  expect(await receive('pack', pack.reference, served(whole), file)).toMatchObject({ requests: 1 });
});
