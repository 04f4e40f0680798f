export { parseRelease } from './index-files.ts';
export { publishSuite, type SuitePublication } from './publish-suite.ts';
export { readPublishedSuite } from './published-suite.ts';
export { judgeServed } from './rules.ts';
export { isSignedBy, makeAptKey, publicKeyName } from './signing-key.ts';
export { type SweptPool, sweepPool } from './sweep-pool.ts';
