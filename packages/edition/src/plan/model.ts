import type { EditionLock, FirstBootPlan, LockedImage } from '@imprint/protocol';
import type { WindowsAction } from '../drivers/windows/model.ts';

/** A package by name and digest; the digest names the `.deb` in the content store. */
export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
}

/** One thing a step does to the tree. Paths are absolute within the image; files belong to root unless `owner` says otherwise. */
export type Action =
  /** Unpacks and configures a whole upstream system from nothing, in the order dpkg needs. */
  | { readonly kind: 'bootstrap'; readonly packages: readonly PlannedPackage[] }
  /** Adds upstream packages, then expects exactly `expected` to be installed. */
  | {
      readonly kind: 'install-upstream';
      readonly packages: readonly PlannedPackage[];
      readonly expected: readonly PlannedPackage[];
    }
  /** Installs local packages by `dpkg --install`, all at once. */
  | {
      readonly kind: 'install-debs';
      readonly debs: readonly { readonly name: string; readonly sha256: string }[];
    }
  | { readonly kind: 'write'; readonly path: string; readonly mode: number; readonly text: string }
  /** Writes a blob of the content store. */
  | { readonly kind: 'copy'; readonly path: string; readonly mode: number; readonly sha256: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** Removes a path and what is below it; one that is absent is no error. `*` stands within one name. */
  | { readonly kind: 'remove'; readonly paths: readonly string[] }
  /** Makes files empty that exist. */
  | { readonly kind: 'truncate'; readonly paths: readonly string[] }
  /** Runs a program inside the tree. */
  | { readonly kind: 'run'; readonly argv: readonly string[] }
  /** Links a unit below `<target>.wants`, as its `[Install]` section says. */
  | { readonly kind: 'enable-unit'; readonly unit: string; readonly target: string }
  | { readonly kind: 'mask-unit'; readonly unit: string }
  /** Fails unless the path is there; a step names what it stands on. */
  | { readonly kind: 'expect'; readonly path: string }
  /** Fails if something that belongs to one device only would ship. `nonEmpty` paths may exist empty. */
  | {
      readonly kind: 'expect-no-device';
      readonly absent: readonly string[];
      readonly empty: readonly string[];
    };

export type ActionKind = Action['kind'];

/** core: only upstream's packages and what they generate · overlay: what the edition adds. */
export type LayerKind = 'core' | 'overlay';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a driver says about one step. `settings` are the wishes it follows, told apart so that a change can be explained. */
export interface StepDefinition<A = Action> {
  readonly id: string;
  readonly kind: LayerKind;
  /** Grows when the executors' effect on the same actions changes. */
  readonly version: number;
  readonly settings: { readonly [key: string]: Json };
  readonly actions: readonly A[];
}

export interface PlanStep<A = Action> extends StepDefinition<A> {
  readonly parentKey: string;
  /** Names what stands after the step: equal keys, equal bytes. */
  readonly key: string;
}

export type DebianOutputKind = 'rootfs' | 'squashfs' | 'disk';
export type WindowsOutputKind = 'wim' | 'swm' | 'iso' | 'esd';
export type OutputKind = DebianOutputKind | WindowsOutputKind;
export type BuildProfile = 'preview' | 'release';

export interface PlannedOutput<K extends OutputKind = OutputKind> {
  readonly kind: K;
  readonly fileName: string;
  readonly version: number;
  readonly options: { readonly [key: string]: Json };
}

export interface PlanOptions {
  readonly profile: BuildProfile;
  /** Fewer outputs than the manifest asks for. */
  readonly outputs?: readonly OutputKind[];
}

interface PlanHead {
  readonly planVersion: 1;
  readonly edition: string;
  readonly version: string;
  readonly lockSha256: string;
  readonly profile: BuildProfile;
  readonly architecture: EditionLock['architecture'];
  readonly sourceDateEpoch: number;
}

/** Everything a build of a Debian edition will do, decided before it does anything. */
export interface DebianBuildPlan extends PlanHead {
  readonly steps: readonly PlanStep[];
  readonly tools: { readonly key: string; readonly packages: readonly PlannedPackage[] };
  readonly outputs: readonly PlannedOutput<DebianOutputKind>[];
}

/** Everything a build of a Windows edition will do, and what it leaves to the device's first boot. */
export interface WindowsBuildPlan extends PlanHead {
  readonly image: LockedImage;
  readonly steps: readonly PlanStep<WindowsAction>[];
  readonly firstBoot: FirstBootPlan;
  readonly outputs: readonly PlannedOutput<WindowsOutputKind>[];
}

export type BuildPlan = DebianBuildPlan | WindowsBuildPlan;

export function isWindowsPlan(plan: BuildPlan): plan is WindowsBuildPlan {
  return 'image' in plan;
}
