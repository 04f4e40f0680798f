import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type CanonicalDeb, type PackedPackage, packLimits } from '@imprint/protocol';
import { runTool, runToolText } from '../tools/run-tool.ts';
import { packError } from './errors.ts';

/** A package as the repository publishes it: its two archives uncompressed, everything else fixed. */
export interface CanonicalPackage {
  readonly file: string;
  readonly package: PackedPackage;
  readonly deb: CanonicalDeb;
  readonly archives: Readonly<
    Record<'control' | 'data', { readonly offset: number; readonly sizeBytes: number }>
  >;
}

const headerBytes = 60;
const start = '!<arch>\n';
const formatVersion = '2.0\n';

/** An ar member's header with time, owner and group zero. Source: deb(5), ar(5). */
function memberHeader(name: string, sizeBytes: number): Buffer {
  const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
  return Buffer.from(`${fields.join('')}${String(sizeBytes).padEnd(10)}\`\n`, 'latin1');
}

async function copyArchive(out: FileHandle, deb: string, name: 'control' | 'data', offset: number) {
  let end = offset;
  let failure: { readonly error: unknown } | undefined;
  const option = name === 'data' ? '--fsys-tarfile' : '--ctrl-tarfile';
  await runTool(['dpkg-deb', option, deb], {
    onStdout: (chunk) => {
      // A throw inside a stream's listener would end the process; the first one is kept until the tool has ended.
      if (failure !== undefined) return;
      try {
        for (let done = 0; done < chunk.length; )
          done += writeSync(out.fd, chunk, done, chunk.length - done, end + done);
        end += chunk.length;
      } catch (error) {
        failure = { error };
      }
    },
  });
  if (failure !== undefined) throw failure.error;
  return end;
}

async function writeArchive(out: FileHandle, deb: string, name: 'control' | 'data', at: number) {
  const offset = at + headerBytes;
  const end = await copyArchive(out, deb, name, offset);
  const sizeBytes = end - offset;
  if (sizeBytes === 0)
    throw packError('PACK_DEB_MALFORMED', { file: deb, expected: `${name}.tar`, got: 'none' });
  if (end > packLimits.deb)
    throw packError('PACK_DEB_TOO_LARGE', { file: deb, limit: packLimits.deb, got: end });
  await out.write(memberHeader(`${name}.tar`, sizeBytes), 0, headerBytes, at);
  // A member begins at an even byte.
  if (sizeBytes % 2 === 1) await out.write('\n', end);
  return { offset, sizeBytes, end: end + (sizeBytes % 2) };
}

async function packageOf(deb: string): Promise<PackedPackage> {
  const text = await runToolText(['dpkg-deb', '--field', deb, 'Package', 'Version', 'Architecture']);
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1] ?? '';
  const found = { name: field('Package'), version: field('Version'), architecture: field('Architecture') };
  const missing = Object.entries(found).find(([, value]) => value === '');
  if (missing !== undefined)
    throw packError('PACK_DEB_MALFORMED', { file: deb, expected: missing[0], got: 'none' });
  return found;
}

/** Reads `length` bytes of an open file at `offset`, or fewer at its end. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function digestOf(handle: FileHandle, sizeBytes: number): Promise<CanonicalDeb> {
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += packLimits.rawFrame)
    hash.update(await readAt(handle, at, Math.min(packLimits.rawFrame, sizeBytes - at)));
  return { sha256: hash.digest('hex'), sizeBytes };
}

/**
 * Writes a package as its canonical `.deb`: ar of `debian-binary`, `control.tar` and `data.tar`, both byte for byte what
 * the package's own archives unpack to. dpkg installs the same from it. Source: deb(5).
 *
 * @throws PACK_DEB_MALFORMED, PACK_DEB_TOO_LARGE, TOOL_MISSING, TOOL_FAILED
 */
export async function writeCanonicalDeb(deb: string, file: string): Promise<CanonicalPackage> {
  const described = await packageOf(deb);
  const out = await open(file, 'wx+', 0o644);
  try {
    const lead = Buffer.concat([
      Buffer.from(start),
      memberHeader('debian-binary', formatVersion.length),
      Buffer.from(formatVersion),
    ]);
    await out.write(lead, 0, lead.length, 0);
    const control = await writeArchive(out, deb, 'control', lead.length);
    const data = await writeArchive(out, deb, 'data', control.end);
    return { file, package: described, deb: await digestOf(out, data.end), archives: { control, data } };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await out.close();
  }
}
