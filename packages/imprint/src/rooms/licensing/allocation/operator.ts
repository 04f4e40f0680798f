import type { AccessContext } from '../../../platform/database/index.ts';
import { allocationError } from './errors.ts';

/**
 * Refuses whoever does not act at the root of the tree: seats come from the operator alone, and nobody licenses themselves or
 * those below them out of nothing.
 * @throws LICENSING_OPERATOR_ONLY
 */
export function requireOperator({ agencyPath }: AccessContext): void {
  const [, ...ids] = agencyPath.split('/').slice(0, -1);
  if (ids.length > 1) throw allocationError('LICENSING_OPERATOR_ONLY');
}
