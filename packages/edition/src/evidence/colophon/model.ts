import type { IntegrityManifest, PolicyRecord } from '@imprint/protocol';
import type { Agreement } from '../integrity/agreement.ts';
import type { CoreFinding } from '../integrity/classify-edition.ts';
import type { BillOfMaterials } from '../sbom/facts.ts';
import type { Artifact } from '../statement/statement.ts';

/** All the colophon tells, taken from the evidence it stands beside. */
export interface ColophonInput {
  readonly bill: BillOfMaterials;
  readonly manifest: IntegrityManifest;
  /** The edition's steps, in the order they were done. */
  readonly steps: readonly string[];
  readonly artifacts: readonly Artifact[];
  readonly agreement?: Agreement | undefined;
  readonly agreed: readonly CoreFinding[];
  readonly records: readonly CoreFinding[];
  readonly policies: readonly PolicyRecord[];
}
