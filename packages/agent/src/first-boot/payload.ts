import { join } from 'node:path';
import { windowsDevicePaths } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';

/**
 * The place of a payload file whose bytes are the stated ones at this moment; what runs is run right after.
 * @throws AGENT_PAYLOAD_MISSING, AGENT_PAYLOAD_DIGEST
 */
export function checkedPayload(device: Device, file: string, sha256: string): string {
  const path = at(device, join(windowsDevicePaths.payload, file));
  const got = digestOf(path, file);
  if (got !== sha256) throw agentError('AGENT_PAYLOAD_DIGEST', { file, expected: sha256, got });
  return path;
}

function digestOf(path: string, file: string): string {
  try {
    return fileDigest(path, 'sha256', Buffer.allocUnsafe(1024 * 1024)).digest;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw agentError('AGENT_PAYLOAD_MISSING', { file }, { cause });
    throw cause;
  }
}
