import type { TrustedMetadata } from './client.ts';
import { tufError } from './errors.ts';
import { maximumTargetBytes } from './limits.ts';
import type { TargetFile } from './model.ts';
import { targetFilePath } from './names.ts';
import { isSafePath, pathMatches } from './path-pattern.ts';
import { cryptoProfileOf } from './root-policy.ts';
import { digestsMatch, fetchBounded, type RepositoryFetch } from './session.ts';

const own = (targets: Readonly<Record<string, TargetFile>>, path: string): TargetFile | undefined =>
  Object.hasOwn(targets, path) ? targets[path] : undefined;

/** Finds a target pre-order: top-level targets, then delegations in order until one is terminating. Source: TUF 1.0.34 §5.6.7. */
export function findTarget(trusted: TrustedMetadata, path: string): TargetFile | undefined {
  const { targets, delegations } = trusted.targets.signed;
  const found = own(targets, path);
  if (found !== undefined) return found;
  for (const role of delegations?.roles ?? []) {
    if (!role.paths.some((pattern) => pathMatches(pattern, path))) continue;
    const delegated = own(trusted.delegated.get(role.name)?.signed.targets ?? {}, path);
    if (delegated !== undefined || role.terminating) return delegated; // §5.6.7.2
  }
  return undefined;
}

/**
 * Downloads a target and checks its length and digests, SM3 too where the profile demands it.
 *
 * @throws TRUST_TUF_NO_TARGET, TRUST_TUF_SIZE, TRUST_TUF_DIGEST, TRUST_TUF_UNAVAILABLE
 * Source: TUF 1.0.34 §5.7.
 */
export async function downloadTarget(
  trusted: TrustedMetadata,
  targetPath: string,
  fetch: RepositoryFetch,
): Promise<Uint8Array> {
  const target = isSafePath(targetPath) ? findTarget(trusted, targetPath) : undefined;
  if (target === undefined) throw tufError('TRUST_TUF_NO_TARGET', { path: targetPath });
  if (target.length > maximumTargetBytes)
    throw tufError('TRUST_TUF_SIZE', { name: targetPath, limit: maximumTargetBytes });
  const { consistent_snapshot: consistent } = trusted.root.signed;
  const path = targetFilePath(targetPath, target.hashes.sha256 as string, consistent === true);
  const bytes = await fetchBounded(fetch, path, target.length);
  if (bytes === undefined) throw tufError('TRUST_TUF_UNAVAILABLE', { name: path });
  const sm3 = target.custom?.sm3;
  const expected = typeof sm3 === 'string' ? { ...target.hashes, sm3 } : target.hashes;
  const isComplete = cryptoProfileOf(trusted.root) === 'intl' || expected.sm3 !== undefined;
  if (!isComplete || bytes.length !== target.length || !digestsMatch(bytes, expected))
    throw tufError('TRUST_TUF_DIGEST', { name: targetPath });
  return bytes;
}
