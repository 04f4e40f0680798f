import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { agentError } from '../errors.ts';
import { readBounded, systemCode, writeDurably } from '../files/durable.ts';

const maxBytes = 64 * 1024 * 1024;

/** The agent's durable memory: small named files, each written whole or not at all. */
export interface StateFiles {
  /** @throws AGENT_NOT_PERMITTED */
  read(name: string): Buffer | undefined;
  /** Returns only when the bytes would survive a power cut. @throws AGENT_STATE_UNWRITABLE, AGENT_NOT_PERMITTED */
  write(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

function refused(path: string, error: unknown): Error {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return agentError('AGENT_NOT_PERMITTED', { path, reason: code }, { cause: error });
  }
  const reason = code ?? String(error);
  return agentError('AGENT_STATE_UNWRITABLE', { file: path, reason }, { cause: error });
}

/** Opens the state directory (0700, files 0600); it is made at the first write. */
export function openStateFiles(directory: string): StateFiles {
  const guarded = <T>(name: string, action: (path: string) => T): T => {
    const path = join(directory, name);
    try {
      return action(path);
    } catch (error) {
      throw refused(path, error);
    }
  };
  return {
    read: (name) => guarded(name, (path) => readBounded(path, maxBytes)),
    write: (name, bytes) =>
      guarded(name, (path) => {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        writeDurably(path, bytes, 0o600);
      }),
    remove: (name) => guarded(name, (path) => rmSync(path, { force: true })),
  };
}
