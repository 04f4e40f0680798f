import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, renameSync } from 'node:fs';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';
import { packError } from '../packs/errors.ts';
import { writeFully } from '../packs/receive.ts';
import type { PackSource } from '../packs/source.ts';

/** A file of the edition by digest. */
export interface Blob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** True where the file is there and has the digest. */
export function isBlob(path: string, { sha256, sizeBytes }: Blob, buffer: Buffer): boolean {
  try {
    const { digest, size } = fileDigest(path, 'sha256', buffer);
    return size === sizeBytes && digest === sha256;
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

async function fill(descriptor: number, source: PackSource, blob: Blob, file: string): Promise<number> {
  let position = fstatSync(descriptor).size;
  if (position >= blob.sizeBytes) {
    ftruncateSync(descriptor, 0);
    position = 0;
  }
  for await (const piece of source(position, blob.sizeBytes)) {
    const part = piece.subarray(0, blob.sizeBytes - position);
    writeFully(descriptor, part, position, file);
    position += part.length;
  }
  return position;
}

/**
 * Fetches a blob to `target`, going on where an earlier attempt was cut off. It gets its name only once its digest is the signed
 * one; what does not is emptied.
 * @throws AGENT_PACK_INCOMPLETE, AGENT_EVIDENCE_DIGEST, AGENT_PACK_NO_ROOM and what the source throws
 */
export async function receiveBlob(blob: Blob, source: PackSource, target: string, buffer: Buffer) {
  const part = `${target}.part`;
  const descriptor = openSync(
    part,
    constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
    0o600,
  );
  try {
    const got = blob.sizeBytes === 0 ? 0 : await fill(descriptor, source, blob, part);
    if (got < blob.sizeBytes)
      throw packError('AGENT_PACK_INCOMPLETE', { kind: 'file', expected: blob.sizeBytes, got });
    const { digest } = fileDigest(part, 'sha256', buffer);
    if (digest !== blob.sha256) {
      ftruncateSync(descriptor, 0);
      throw agentError('AGENT_EVIDENCE_DIGEST', { name: 'file', expected: blob.sha256, got: digest });
    }
    fsyncSync(descriptor);
    renameSync(part, target);
  } finally {
    closeSync(descriptor);
  }
}
