import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EmergencyApproval,
  memoryCache,
  parseEnvelope,
  type RepositoryFetch,
  refreshTuf,
  releaseOffers,
  takeNewest,
  verifyRelease,
} from '@imprint/trust';
import { readOptional } from '../ceremony/files.ts';
import { releaseError } from '../errors.ts';
import { repositoryNames } from './repository.ts';

/** Gets files of a repository directory, some replaced by bytes that are not written yet. */
export function directoryFetch(
  directory: string,
  overlay: ReadonlyMap<string, Uint8Array> = new Map(),
): RepositoryFetch {
  return async (path, maxBytes) => {
    const replaced = overlay.get(path);
    if (replaced !== undefined) return replaced;
    const handle = await open(join(directory, path), 'r').catch(() => undefined);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.min(size, maxBytes + 1));
      await handle.read(buffer, 0, buffer.length, 0);
      return buffer;
    } finally {
      await handle.close();
    }
  };
}

export interface DeviceView {
  readonly sha256: string;
  readonly sequence: number;
  readonly version: string;
  readonly signedBy: readonly string[];
  /** Present while it holds by its emergency approval alone. */
  readonly emergency?: EmergencyApproval;
}

/**
 * Verifies a channel as a new device with only the pinned root would.
 * @throws every TRUST_TUF_… and TRUST_… refusal a device has
 */
export async function verifyAsDevice(options: {
  readonly directory: string;
  readonly trustedRoot: Uint8Array;
  readonly edition: string;
  readonly channel: string;
  readonly now: Date;
  readonly overlay?: ReadonlyMap<string, Uint8Array>;
}): Promise<DeviceView> {
  const { directory, edition, channel, now } = options;
  const fetch = directoryFetch(directory, options.overlay);
  const trusted = await refreshTuf({ trustedRoot: options.trustedRoot, cache: memoryCache(), fetch, now });
  const offers = await releaseOffers(trusted, { edition, channel }, fetch);
  const { taken } = await takeNewest(offers, async ({ sha256, bytes }) => {
    const at = async (path: string) => options.overlay?.get(path) ?? readOptional(join(directory, path));
    const envelope = await at(repositoryNames.approvals(sha256));
    if (envelope === undefined)
      throw releaseError('RELEASE_FILE_MISSING', {
        what: 'approvals',
        file: repositoryNames.approvals(sha256),
      });
    const withdrawal = await at(repositoryNames.withdrawal(sha256));
    const { manifest, signedBy, emergency } = verifyRelease({
      root: trusted.root,
      releaseBytes: bytes,
      envelope: parseEnvelope(envelope),
      ...(withdrawal === undefined ? {} : { withdrawal: parseEnvelope(withdrawal) }),
      now,
    });
    const urgent = emergency === undefined ? {} : { emergency };
    return { sha256, sequence: manifest.sequence, version: manifest.version, signedBy, ...urgent };
  });
  return taken;
}
