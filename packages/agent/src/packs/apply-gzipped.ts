import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { packLimits } from '@imprint/protocol';
import { applyBsdiff, type BsdiffStreams } from './apply-bsdiff.ts';
import { packError } from './errors.ts';
import type { OldFile } from './old-file.ts';

function inMemory(bytes: Buffer): Pick<OldFile, 'read'> {
  return {
    read(at, length) {
      const part = bytes.subarray(at, at + length);
      if (at < 0 || part.length === 0)
        throw packError('AGENT_PATCH_MALFORMED', { expected: 'reads inside the unpacked file' });
      return part;
    },
  };
}

/** The file as it was before gzip packed it. */
function unpackOld(file: OldFile, sizeBytes: number): Buffer {
  const packed = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; ) at += file.read(at, sizeBytes - at).copy(packed, at);
  try {
    return gunzipSync(packed, { maxOutputLength: packLimits.gzipped });
  } catch (cause) {
    throw packError('AGENT_PATCH_MALFORMED', { expected: 'an installed file in gzip' }, { cause });
  }
}

/** Debian's documents are packed by `gzip -9n`; the encoder made sure that this one is. gzip is in every Debian system. */
function gzip(plain: Buffer, length: number): Buffer {
  const { stdout, status } = spawnSync('gzip', ['-9n'], {
    input: plain,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    timeout: 60_000,
    maxBuffer: packLimits.gzipped,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (status === 0 && stdout.length === length) return stdout;
  const got = status === 0 ? `${stdout.length} bytes` : 'none';
  throw packError('AGENT_PACK_RESULT_MISMATCH', { expected: `${length} bytes from gzip`, got });
}

/**
 * Gives a gzipped file from the old one: unpacked, patched by bsdiff, packed again.
 * @throws AGENT_PATCH_MALFORMED, AGENT_PACK_UNREADABLE, AGENT_PACK_RESULT_MISMATCH
 */
export async function applyGzipped(
  streams: BsdiffStreams,
  [sizeBytes, length, plainBytes]: readonly [number, number, number],
  file: OldFile,
  use: (piece: Buffer) => void,
): Promise<void> {
  const old = unpackOld(file, sizeBytes);
  const plain = Buffer.alloc(plainBytes);
  let at = 0;
  await applyBsdiff(streams, plainBytes, { file: inMemory(old), sizeBytes: old.length }, (piece) => {
    at += piece.copy(plain, at);
  });
  use(gzip(plain, length));
}
