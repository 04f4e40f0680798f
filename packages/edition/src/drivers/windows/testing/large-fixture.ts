import { createCipheriv } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runTool } from '../../../tools/run-tool.ts';
import { captureImage, type FixtureImage, pinImageTimes } from './capture-fixture.ts';
import { materialise, pinTimes, type StagedFile } from './fixture-stage.ts';
import { fixtureEpochSeconds, stageFiles } from './windows-fixture.ts';

const mebibyte = 1024 * 1024;
const fileMebibytes = 16;

export interface LargeFixtureOptions {
  /** Before compression, which keeps five eighths of it. */
  readonly payloadMebibytes?: number;
  readonly manifestCount?: number;
}

/**
 * Bytes that a seed decides, of 32 symbols: they compress to five eighths as programs roughly do. Random bytes
 * would be stored as they are, and every rebuild would try in vain to compress them again.
 */
function* payload(seed: number, sizeBytes: number): Generator<Buffer> {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(mebibyte);
  for (let left = sizeBytes; left > 0; left -= mebibyte) {
    const bytes = cipher.update(left < mebibyte ? zeros.subarray(0, left) : zeros);
    for (let i = 0; i < bytes.length; i++) bytes[i] = ((bytes[i] ?? 0) & 31) + 64;
    yield bytes;
  }
}

/** Writes payload files; every other one has a second name in WinSxS. */
async function writePayload(work: string, mebibytes: number): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  for (let i = 0; i * fileMebibytes < mebibytes; i++) {
    const size = Math.min(fileMebibytes, mebibytes - i * fileMebibytes);
    const from = join(work, `payload-${i}`);
    await pipeline(Readable.from(payload(i, size * mebibyte)), createWriteStream(from));
    const name = `payload${String(i).padStart(4, '0')}.dll`;
    const links = i % 2 === 0 ? [`/Windows/WinSxS/amd64_payload-${i}_10.0.19041/${name}`] : [];
    files.push({ path: `/Windows/System32/${name}`, from, links });
  }
  return files;
}

async function capture(work: string, wim: string, images: readonly FixtureImage[]): Promise<void> {
  const [first, second] = images;
  if (first === undefined || second === undefined) throw new RangeError('the fixture has two images');
  await captureImage({ source: join(work, 'tree'), wim, index: 1, image: first, hasAcls: false });
  await runTool(['wimlib-imagex', 'export', wim, '1', wim, second.name, second.name]);
  for (const index of [1, 2]) await pinImageTimes(wim, index, fixtureEpochSeconds);
}

/**
 * Builds a WIM as large as a vendor's, for benchmarks: programs, hives, catalogs and very many manifests of the
 * fixture with payload beside them, without descriptors. It takes some minutes and, for a while, ten gigabytes.
 */
export async function buildLargeFixture(
  directory: string,
  { payloadMebibytes = 3840, manifestCount = 18_000 }: LargeFixtureOptions = {},
): Promise<{ readonly wim: string; readonly images: readonly FixtureImage[] }> {
  const work = join(directory, 'work');
  await mkdir(work, { recursive: true });
  try {
    const { images, files } = await stageFiles(work, directory, { manifestCount });
    const all = [...files, ...(await writePayload(work, payloadMebibytes))];
    await materialise(join(work, 'tree'), all);
    await pinTimes(join(work, 'tree'), fixtureEpochSeconds);
    const wim = join(directory, 'install.wim');
    await capture(work, wim, images);
    return { wim, images };
  } finally {
    await rm(work, { recursive: true });
  }
}
