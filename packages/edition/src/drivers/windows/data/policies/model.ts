import type {
  FirstBootAction,
  LocalizedText,
  LockedImage,
  PolicyBaseline,
  PolicyValue,
  WindowsManifest,
} from '@imprint/protocol';
import type { HiveName } from '../../model.ts';
import type { windowsPolicyIds } from '../policy-ids.ts';

export type WindowsPolicyId = (typeof windowsPolicyIds)[number];

/** A registry value a policy sets. `key` is below the hive's root; `{controlSet}` stands for the one a device starts with. */
export type PolicySetting = { readonly hive: HiveName; readonly key: string; readonly name: string } & (
  | { readonly type: 'sz'; readonly data: string }
  | { readonly type: 'dword'; readonly data: number }
);

/** What only Windows itself can set, as a step of the first boot. */
export interface PolicyStep {
  readonly id: string;
  readonly title: LocalizedText;
  readonly action: FirstBootAction;
}

/** What a policy may know. */
export interface PolicyContext {
  readonly manifest: WindowsManifest;
  readonly image: LockedImage;
}

/** What one value of a policy comes to: settings, a step, or both. */
export interface PolicyWish {
  readonly intended: PolicyValue;
  readonly settings?: readonly PolicySetting[];
  readonly firstBoot?: PolicyStep;
}

/** One policy as data; `carry` returns undefined where the manifest asks for nothing to be done. */
export interface WindowsPolicyDefinition<Id extends WindowsPolicyId = WindowsPolicyId> {
  readonly id: Id;
  readonly title: LocalizedText;
  /** The documents the settings follow. */
  readonly follows: string;
  /** EDITIONIDs that honour every setting of it. */
  readonly editions: 'all' | readonly string[];
  /** The first build that honours every setting of it. */
  readonly fromBuild: number;
  /** The only values that can be carried out; all of them if not given. */
  readonly values?: readonly PolicyValue[];
  /** What a reader of the record should know besides. */
  readonly note?: LocalizedText;
  carry(value: NonNullable<PolicyBaseline[Id]>, context: PolicyContext): PolicyWish | undefined;
}

export function definePolicy<Id extends WindowsPolicyId>(
  definition: WindowsPolicyDefinition<Id>,
): WindowsPolicyDefinition<Id> {
  return definition;
}
