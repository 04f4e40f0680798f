import { type DefinitionsManifest, definitionsType } from '@imprint/protocol';
import { type Envelope, envelopePayload, verifiedKeyIds } from '../dsse/envelope.ts';
import { suiteOf } from '../keys/types.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { cryptoProfileOf, definitionKeysOf, suitesOfProfile } from '../tuf/root-policy.ts';
import { definitionsError } from './errors.ts';
import { manifestFault } from './shape.ts';

/** Whose set it has to be, and how far the verifier has come. */
interface ExpectedDefinitions {
  readonly edition: string;
  readonly provider: string;
  /** Any ring's where it is not given: for a set already held. */
  readonly ring?: string;
  readonly knownSequence?: number | undefined;
}

/** One pinned key of every suite of the profile has signed; nothing of the payload is read before. */
function requireSignatures(envelope: Envelope, root: Metadata<RootSigned>): void {
  const keys = definitionKeysOf(root);
  if (keys.length === 0) throw definitionsError('TRUST_DEFINITIONS_UNPINNED');
  const signed = verifiedKeyIds(envelope, keys);
  for (const suite of suitesOfProfile(cryptoProfileOf(root))) {
    if (!keys.some(({ keyId, scheme }) => suiteOf(scheme) === suite && signed.has(keyId)))
      throw definitionsError('TRUST_DEFINITIONS_SIGNATURE', { suite });
  }
}

function parseManifest(envelope: Envelope): DefinitionsManifest {
  const malformed = (got: string) => definitionsError('TRUST_DEFINITIONS_MALFORMED', { got });
  if (envelope.payloadType !== definitionsType) throw malformed('a payload of another type');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(envelopePayload(envelope)).toString('utf8'));
  } catch {
    throw malformed('a payload that is no JSON');
  }
  const fault = manifestFault(value);
  if (fault !== undefined) throw malformed(fault);
  return value as DefinitionsManifest;
}

/**
 * Verifies a definitions set against the keys a trusted root pins: signed in every suite, for this edition, provider and
 * ring, and not behind what is known.
 *
 * @throws TRUST_DEFINITIONS_UNPINNED, TRUST_DEFINITIONS_SIGNATURE, TRUST_DEFINITIONS_MALFORMED,
 * TRUST_DEFINITIONS_MISMATCH, TRUST_DEFINITIONS_ROLLBACK, TRUST_ENVELOPE_MALFORMED
 */
export function verifyDefinitions(
  envelope: Envelope,
  root: Metadata<RootSigned>,
  { edition, provider, ring, knownSequence = 0 }: ExpectedDefinitions,
): DefinitionsManifest {
  requireSignatures(envelope, root);
  const manifest = parseManifest(envelope);
  const nameOf = (one: { edition: string; provider: string; ring: string }) =>
    `${one.edition}/${one.provider}/${one.ring}`;
  const [expected, got] = [nameOf({ edition, provider, ring: ring ?? manifest.ring }), nameOf(manifest)];
  if (expected !== got) throw definitionsError('TRUST_DEFINITIONS_MISMATCH', { expected, got });
  if (manifest.sequence < knownSequence)
    throw definitionsError('TRUST_DEFINITIONS_ROLLBACK', { known: knownSequence, got: manifest.sequence });
  return manifest;
}
