import type { PartyPolicy } from '@imprint/protocol';
import type { SignatureSuite } from '../keys/types.ts';
import { tufError } from './errors.ts';
import type { RoleKeys } from './model.ts';
import { partyKeyIds } from './root-policy.ts';

/** Returns the key id each party uses in TUF roles: one key per party makes a threshold of all parties name each of them. */
export function partyRole({ parties }: PartyPolicy, suite: SignatureSuite): RoleKeys {
  const keyids = Object.entries(parties).map(([name, party]) => {
    const [first] = partyKeyIds(party, suite);
    if (first === undefined) throw tufError('TRUST_POLICY_INVALID', { got: `no ${suite} key of ${name}` });
    return first;
  });
  if (new Set(keyids).size !== keyids.length)
    throw tufError('TRUST_TUF_DUPLICATE_KEY', { name: 'x-imprint-parties' });
  return { keyids, threshold: keyids.length };
}
