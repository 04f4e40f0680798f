import { compareCertificates } from './certificate-bundle.ts';
import {
  compareAccounts,
  compareAlternative,
  compareDiversions,
  compareShadow,
  compareSubordinateIds,
  compareTriggers,
} from './line-files.ts';
import { compareLinkerCache } from './linker-cache.ts';
import type { RecordComparison } from './model.ts';
import { compareStanzas } from './stanza-file.ts';

/**
 * Record files that a local component or a certificate authority rightly rewrites, and how each is compared by meaning. A file in no
 * rule is compared by its bytes.
 */
const rules: readonly (readonly [RegExp, RecordComparison])[] = [
  [/^\/var\/lib\/dpkg\/status(?:-old)?$/, compareStanzas],
  [/^\/var\/lib\/apt\/extended_states$/, compareStanzas],
  [/^\/var\/lib\/dpkg\/diversions(?:-old)?$/, compareDiversions],
  [/^\/var\/lib\/dpkg\/triggers\/(?:File|[a-z][a-z0-9.+-]*)$/, compareTriggers],
  [/^\/var\/lib\/dpkg\/alternatives\/[^/]+$/, compareAlternative],
  [/^\/etc\/(?:passwd|group)-?$/, compareAccounts],
  [/^\/etc\/g?shadow-?$/, compareShadow],
  [/^\/etc\/sub[ug]id-?$/, compareSubordinateIds],
  [/^\/etc\/ld\.so\.cache$/, compareLinkerCache],
  [/^\/etc\/ssl\/certs\/ca-certificates\.crt$/, compareCertificates],
];

/** How a path's records are compared, or undefined where only the same bytes will do. */
export function recordComparison(path: string): RecordComparison | undefined {
  return rules.find(([pattern]) => pattern.test(path))?.[1];
}
