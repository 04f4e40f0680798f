import type { PolicyRecord, WimIntegrityManifest } from '@imprint/protocol';
import type { Agreement } from '../../../../evidence/integrity/agreement.ts';
import type { Artifact } from '../../../../evidence/statement/statement.ts';
import type { WindowsBuildPlan } from '../../../../plan/model.ts';
import type { WimClassification } from '../../integrity/classify-wim.ts';
import type { SignatureSurvey } from '../../integrity/signature-survey.ts';
import type { WindowsBill } from '../bill.ts';
import type { RegistryChange } from '../registry-document.ts';
import type { ToolWarning } from '../tool-warnings.ts';

/** All the page tells, taken from the evidence it stands beside. */
export interface WindowsColophon {
  readonly bill: WindowsBill;
  readonly plan: WindowsBuildPlan;
  readonly manifest: WimIntegrityManifest;
  readonly artifacts: readonly Artifact[];
  readonly agreement?: Agreement | undefined;
  readonly classification: WimClassification;
  readonly registry: readonly RegistryChange[];
  readonly policies: readonly PolicyRecord[];
  readonly signatures: SignatureSurvey;
  readonly catalog: 'verified' | 'untrusted' | 'unsigned' | 'none';
  readonly content: 'decompressed' | 'stored-bytes';
  readonly tools: Readonly<Record<string, string>>;
  readonly warnings: readonly ToolWarning[];
}
