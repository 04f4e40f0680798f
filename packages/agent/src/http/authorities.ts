// A namespace: an older Node, which never calls it, has no such export to name.
import * as tls from 'node:tls';

let known: string[] | undefined;

/**
 * Authorities a TLS server may lead to: on Windows those of the system's store, where an edition puts its own, and
 * Node's, because Windows fetches public ones only when its own programs need them. Elsewhere Node's choice stands.
 */
export function trustedAuthorities(): string[] | undefined {
  if (process.platform !== 'win32') return undefined;
  known ??= [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
  return known;
}
