import type { PolicyCheck } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import type { Action } from '../../../plan/model.ts';

/** A file a policy writes whole, and the check that it is still so. */
export function policyFile(
  path: string,
  text: string,
): { readonly write: Action; readonly check: PolicyCheck } {
  return {
    write: { kind: 'write', path, mode: 0o644, text },
    check: { kind: 'file', path, sha256: sha256Hex(Buffer.from(text)) },
  };
}
