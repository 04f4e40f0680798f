import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentOf } from './disks.ts';
import { writeImage } from './write-image.ts';

const mebibyte = 1024 * 1024;
const diskBytes = 8 * mebibyte;
const image = Buffer.concat([randomBytes(4 * mebibyte), randomBytes(777)]);
const digest = (algorithm: string) => createHash(algorithm).update(image).digest('hex');
const record = { name: 'x.img', sizeBytes: image.length, sha256: digest('sha256'), sm3: digest('sm3') };

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-install-'));
  path = join(directory, 'disk');
  writeFileSync(path, randomBytes(2 * mebibyte));
  truncateSync(path, diskBytes);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function* pieces(bytes: Buffer, size = 300_001): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const write = (bytes: AsyncIterable<Uint8Array>, changes = {}) =>
  writeImage({ path, diskBytes, image: { ...record, ...changes }, bytes });
const ends = () => {
  const disk = readFileSync(path);
  return [disk.subarray(0, mebibyte), disk.subarray(image.length - mebibyte, image.length)] as const;
};
const startsNothing = () => {
  const [head, tail] = ends();
  expect(head.readUInt16LE(510)).toBe(0);
  expect(head.toString('latin1', 512, 520)).not.toBe('EFI PART');
  expect(head.toString('latin1')).toMatch(/^IMPRINT: an installation did not finish here/);
  expect(tail.equals(image.subarray(image.length - mebibyte))).toBe(false);
};

describe('an image', () => {
  test('is on the disk byte for byte, whatever the pieces it came in', async () => {
    for (const size of [1, 2].map((part) => part * 300_001)) {
      await write(pieces(image, size));
      expect(readFileSync(path).subarray(0, image.length).equals(image)).toBe(true);
    }
  });

  test('no larger than a boot sector is written too', async () => {
    const small = image.subarray(0, 512);
    const sha256 = createHash('sha256').update(small).digest('hex');
    await writeImage({ path, diskBytes, image: { name: 's', sizeBytes: 512, sha256 }, bytes: pieces(small) });
    expect(readFileSync(path).subarray(0, 512).equals(small)).toBe(true);
  });

  test.each([0, 2 * mebibyte, image.length - 1])(
    'with one bit changed at byte %i leaves a disk that starts nothing',
    async (at) => {
      const changed = Buffer.from(image);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await expect(write(pieces(changed))).rejects.toMatchObject({ code: 'AGENT_INSTALL_IMAGE_DIGEST' });
      startsNothing();
    },
  );

  test('whose SM3 is not the approved one is refused though SHA-256 agrees', async () => {
    await expect(write(pieces(image), { sm3: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'AGENT_INSTALL_IMAGE_DIGEST',
      params: { digest: 'sm3' },
    });
    startsNothing();
  });

  test.each([[-1], [1]])('that is %i byte off leaves a disk that starts nothing', async (off) => {
    const bytes = off < 0 ? image.subarray(0, off) : Buffer.concat([image, Buffer.from('x')]);
    await expect(write(pieces(bytes))).rejects.toMatchObject({ code: 'AGENT_INSTALL_IMAGE_CUT' });
    startsNothing();
  });

  test('whose source fails amid it leaves a disk that starts nothing, and counts as blank for the next attempt', async () => {
    async function* failing() {
      yield image.subarray(0, 3 * mebibyte);
      throw new Error('pulled out');
    }
    await expect(write(failing())).rejects.toThrow('pulled out');
    startsNothing();
    expect(contentOf(path)).toBeUndefined();
  });
});

describe('what a disk holds', () => {
  test('is nothing where all is zero, and something where one byte anywhere at its ends is not', () => {
    writeFileSync(path, '');
    truncateSync(path, diskBytes);
    expect(contentOf(path)).toBeUndefined();
    const disk = Buffer.alloc(diskBytes);
    disk.writeUInt8(1, diskBytes - 1);
    writeFileSync(path, disk);
    expect(contentOf(path)).toBe('bytes at its end');
    disk.write('EFI PART', 512, 'latin1');
    writeFileSync(path, disk);
    expect(contentOf(path)).toBe('a partition table');
  });

  test('is never nothing where it cannot be read', () => {
    expect(contentOf(join(directory, 'absent'))).toBe('something that cannot be read');
  });
});
