export { parseRelease } from './index-files.ts';
export { type PublishSuiteOptions, publishSuite, type SuitePublication } from './publish-suite.ts';
export { readPublishedSuite } from './published-suite.ts';
export { judgeServed, type ServedStanding } from './rules.ts';
export { type AptKey, isSignedBy, makeAptKey, publicKeyName, readAptKey } from './signing-key.ts';
export { packageDigests } from './suite-packages.ts';
