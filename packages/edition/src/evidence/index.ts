export {
  type CollectedEvidence,
  collectEvidence,
  type EvidenceInput,
} from './collect-evidence.ts';
export { evidenceErrors } from './errors.ts';
export type { CoreFinding } from './integrity/classify-edition.ts';
export type { Facet } from './integrity/facets.ts';
export { decodeAnyManifest, decodeManifest } from './integrity/manifest.ts';
export { type TreeFinding, verifyTree } from './integrity/verify-tree.ts';
export type { EvidenceLayer } from './layer-files.ts';
export { readChangelog } from './reference/read-reference.ts';
