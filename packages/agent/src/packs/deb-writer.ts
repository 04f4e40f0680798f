import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CanonicalDeb } from '@imprint/protocol';
import { syncDirectory } from '../files/durable.ts';
import { packError } from './errors.ts';
import { writeFully } from './receive.ts';

/** Takes the bytes of a canonical `.deb` in order; its name appears once they are all there and are the signed ones. */
export interface DebWriter {
  push(bytes: Uint8Array): void;
  /** @throws AGENT_PACK_RESULT_MISMATCH */
  finish(): void;
  /** Removes what is not finished. */
  close(): void;
}

const bufferBytes = 1024 * 1024;

/** Opens a writer of `deb` at `path`; until it is finished the bytes are in `path` with `.part` at its end. */
export function openDebWriter(path: string, deb: CanonicalDeb): DebWriter {
  const temporary = `${path}.part`;
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, 'wx', 0o644);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(bufferBytes);
  let held = 0;
  let written = 0;
  let isOpen = true;
  const refuse = (got: string) =>
    packError('AGENT_PACK_RESULT_MISMATCH', {
      expected: `${deb.sizeBytes} bytes, sha256 ${deb.sha256}`,
      got,
    });
  const flush = () => {
    const bytes = buffer.subarray(0, held);
    hash.update(bytes);
    writeFully(descriptor, bytes, written, temporary);
    written += held;
    held = 0;
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  };
  return {
    push(bytes) {
      if (written + held + bytes.length > deb.sizeBytes) throw refuse('more');
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + bufferBytes - held);
        buffer.set(part, held);
        held += part.length;
        at += part.length;
        if (held === bufferBytes) flush();
      }
    },
    finish() {
      flush();
      const got = hash.digest('hex');
      if (got !== deb.sha256 || written !== deb.sizeBytes) throw refuse(`${written} bytes, sha256 ${got}`);
      fsyncSync(descriptor);
      renameSync(temporary, path);
      syncDirectory(dirname(path));
      close();
    },
    close,
  };
}
