import { join } from 'node:path';
import { MutableCore } from '@imprint/protocol';
import {
  encodeEnvelope,
  envelopePayload,
  parseEnvelope,
  type Signer,
  sha256Hex,
  signEnvelope,
  verifiedKeyIds,
} from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import { releaseError } from '../errors.ts';
import { type Check, vendorParty, vendorPolicyPayloadType } from '../model.ts';
import { partyKeys } from './approvals.ts';
import type { Candidate } from './candidate.ts';
import { parseDocument, readBounded, readOptional } from './files.ts';
import { candidateNames } from './paths.ts';
import type { PinnedRoot } from './root.ts';

/** A vendor policy with the vendor's signature, as it is kept by digest. */
export interface SignedVendorPolicy {
  readonly sha256: string;
  readonly policy: MutableCore;
  readonly file: string;
  readonly envelopeFile: string;
}

const policyFile = (policies: string, sha256: string) => join(policies, `${sha256}.json`);
const envelopeFile = (policies: string, sha256: string) => join(policies, `${sha256}.dsse.json`);

/** Signs the vendor's agreement as it stands, byte for byte, and keeps both by digest. @throws RELEASE_FILE_MALFORMED */
export async function signVendorPolicy(
  file: string,
  signers: readonly Signer[],
  policies: string,
): Promise<SignedVendorPolicy> {
  const bytes = await readBounded(file, 'a vendor policy', 1_000_000);
  const policy = parseDocument(MutableCore, bytes, file);
  const sha256 = sha256Hex(bytes);
  const envelope = signEnvelope(vendorPolicyPayloadType, bytes, signers);
  await writeDurably(policyFile(policies, sha256), bytes);
  await writeDurably(envelopeFile(policies, sha256), encodeEnvelope(envelope));
  return { sha256, policy, file: policyFile(policies, sha256), envelopeFile: envelopeFile(policies, sha256) };
}

/** Puts the policy a release names, with its signature, into a candidate. @throws RELEASE_POLICY_UNSIGNED */
export async function placeVendorPolicy(policies: string, sha256: string, directory: string): Promise<void> {
  const [bytes, envelope] = [
    await readOptional(policyFile(policies, sha256)),
    await readOptional(envelopeFile(policies, sha256)),
  ];
  if (bytes === undefined || envelope === undefined)
    throw releaseError('RELEASE_POLICY_UNSIGNED', { sha256 });
  await writeDurably(join(directory, candidateNames.vendorPolicy), bytes);
  await writeDurably(join(directory, candidateNames.vendorPolicyEnvelope), envelope);
}

/** The vendor policy a release names is here, is the one named, and carries a signature of the vendor's key. */
export async function vendorPolicyChecks(candidate: Candidate, root: PinnedRoot): Promise<Check[]> {
  const { mutableCoreSha256 } = candidate.manifest;
  if (mutableCoreSha256 === undefined) return [];
  const bytes = await readOptional(join(candidate.directory, candidateNames.vendorPolicy));
  const envelopeBytes = await readOptional(join(candidate.directory, candidateNames.vendorPolicyEnvelope));
  if (bytes === undefined || envelopeBytes === undefined)
    return [{ id: 'vendor policy signature', state: 'absent' }];
  const envelope = parseEnvelope(envelopeBytes);
  const isSigned =
    envelope.payloadType === vendorPolicyPayloadType &&
    Buffer.from(envelopePayload(envelope)).equals(bytes) &&
    verifiedKeyIds(envelope, partyKeys(root, vendorParty)).size > 0;
  const wanted = `signed by ${vendorParty}`;
  return [
    { ...digestCheck(mutableCoreSha256, sha256Hex(bytes)) },
    isSigned
      ? { id: 'vendor policy signature', state: 'ok', got: wanted }
      : {
          id: 'vendor policy signature',
          state: 'failed',
          expected: wanted,
          got: 'no signature that verifies',
        },
  ];
}

function digestCheck(expected: string, got: string): Check {
  const id = 'vendor policy file';
  return expected === got ? { id, state: 'ok', got } : { id, state: 'failed', expected, got };
}
