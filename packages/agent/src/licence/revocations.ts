import { isImprintError, type LicenceToken, type RevocationClaims, revocationsPath } from '@imprint/protocol';
import { type Metadata, type RootSigned, verifyRevocations } from '@imprint/trust';
import type { Device } from '../device.ts';
import type { ContentFetch } from '../http/content.ts';
import type { StateFiles } from '../state/files.ts';
import { isRecord, parseJson } from '../state/json.ts';
import { kept, revocationsRecord } from './records.ts';

const maxBytes = 6 * 1024 * 1024;

/** The list held, if it still verifies under the root trusted now. */
export function heldRevocations(files: StateFiles, root: Metadata<RootSigned>): RevocationClaims | undefined {
  const token = kept(revocationsRecord, files);
  try {
    return token === undefined ? undefined : verifyRevocations(token, root);
  } catch (error) {
    if (isImprintError(error)) return undefined;
    throw error;
  }
}

function tokenOf(bytes: Uint8Array): LicenceToken {
  const value = parseJson(bytes);
  const { token, national } = isRecord(value) ? value : {};
  return {
    token: typeof token === 'string' ? token : '',
    ...(typeof national === 'string' ? { national } : {}),
  };
}

/**
 * Takes a revocation list that verifies and is newer than the one held; a list never goes back.
 * @throws TRUST_REVOCATIONS_ROLLBACK, TRUST_LICENCE_*
 */
export function takeRevocations(files: StateFiles, root: Metadata<RootSigned>, bytes: Uint8Array): void {
  const held = heldRevocations(files, root)?.number;
  const token = tokenOf(bytes);
  const { number } = verifyRevocations(token, root, held);
  if (number !== held) revocationsRecord.save(files, token);
}

/** Looks at the list beside the release metadata. What is wrong with it is logged: the one held stays in force. */
export async function refreshRevocations(
  device: Device,
  root: Metadata<RootSigned>,
  fetch: ContentFetch,
): Promise<void> {
  try {
    const bytes = await fetch(revocationsPath, maxBytes);
    if (bytes !== undefined) takeRevocations(device.files, root, bytes);
  } catch (error) {
    if (!isImprintError(error)) throw error;
    device.log(`revocation list not taken: ${error.code} ${error.message}`);
  }
}
