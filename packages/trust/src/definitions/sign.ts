import { type DefinitionsManifest, definitionsType } from '@imprint/protocol';
import { type Envelope, signEnvelope } from '../dsse/envelope.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import type { Signer } from '../keys/types.ts';

/** Signs a definitions set. Source: DSSE v1.0.2; payload: RFC 8785. */
export const signDefinitions = (manifest: DefinitionsManifest, signers: readonly Signer[]): Envelope =>
  signEnvelope(definitionsType, canonicalJson(manifest), signers);
