import type { ReleaseManifest } from '@imprint/protocol';
import {
  downloadTarget,
  memoryCache,
  parseEnvelope,
  refreshTuf,
  sha256Hex,
  verifyRelease,
} from '@imprint/trust';
import { agentError } from '../errors.ts';
import { installError } from './errors.ts';
import type { ImageRecord } from './model.ts';
import type { ReleaseSource } from './source.ts';

const maxEnvelopeBytes = 256 * 1024;

/** What is installed: verified in full against the pinned root. */
export interface VerifiedImage {
  readonly manifest: ReleaseManifest;
  readonly sha256: string;
  readonly signedBy: readonly string[];
  readonly image: ImageRecord;
}

export interface VerifyOptions {
  readonly source: ReleaseSource;
  readonly trustedRoot: Uint8Array;
  readonly edition: string;
  readonly channel: string;
  /** When metadata has to be fresh: for a medium, when it was made. */
  readonly freshAt: Date;
  /** The present, which decides whether approvals have expired. */
  readonly now: Date;
}

function imageOf({ artifacts, version }: ReleaseManifest): ImageRecord {
  const disk = artifacts.find(({ kind }) => kind === 'disk');
  if (disk === undefined) throw installError('AGENT_INSTALL_NO_IMAGE', { version });
  return { name: disk.name, sizeBytes: disk.sizeBytes, ...disk.digests };
}

/**
 * Verifies a channel's release as a new device would: metadata from the pinned root on, every party's approval, no
 * withdrawal. The image itself is verified while it is written.
 * @throws TRUST_*, AGENT_APPROVALS_ABSENT, AGENT_RELEASE_MISMATCH, AGENT_INSTALL_NO_IMAGE
 */
export async function verifySource(options: VerifyOptions): Promise<VerifiedImage> {
  const { trustedRoot, edition, channel, freshAt, now } = options;
  const { fetch } = options.source;
  const envelope = async (folder: string, sha256: string) => {
    const bytes = await fetch(`${folder}/${sha256}.dsse.json`, maxEnvelopeBytes);
    return bytes === undefined ? undefined : parseEnvelope(bytes);
  };
  const trusted = await refreshTuf({ trustedRoot, cache: memoryCache(), fetch, now: freshAt });
  const releaseBytes = await downloadTarget(trusted, `${edition}/${channel}/release.json`, fetch);
  const sha256 = sha256Hex(releaseBytes);
  const approvals = await envelope('approvals', sha256);
  if (approvals === undefined) throw agentError('AGENT_APPROVALS_ABSENT', { sha256 });
  const withdrawal = await envelope('withdrawals', sha256);
  const { manifest, signedBy } = verifyRelease({
    root: trusted.root,
    releaseBytes,
    envelope: approvals,
    withdrawal,
    now,
  });
  const [expected, got] = [`${edition} on ${channel}`, `${manifest.edition} on ${manifest.channel}`];
  if (expected !== got) throw agentError('AGENT_RELEASE_MISMATCH', { expected, got });
  return { manifest, sha256, signedBy, image: imageOf(manifest) };
}
