import type { DebianLock, LocalizedText, PolicyBaseline, PolicyCheck, PolicyValue } from '@imprint/protocol';
import type { Action } from '../../../plan/model.ts';

/** A policy carried out for one lock: what is intended, what is written, how a device sees that it holds. */
export interface CarriedPolicy {
  readonly id: keyof PolicyBaseline;
  readonly title: LocalizedText;
  readonly intended: PolicyValue;
  /** The manual page or benchmark the settings follow. */
  readonly follows: string;
  readonly actions: readonly Action[];
  readonly observe: readonly PolicyCheck[];
}

/** One kind of policy as data; `carry` returns undefined where the manifest asks for nothing to be done. */
export interface PolicyDefinition<Id extends keyof PolicyBaseline = keyof PolicyBaseline> {
  readonly id: Id;
  readonly title: LocalizedText;
  readonly follows: string;
  /** Upstream packages without which the policy would be words only. */
  readonly needs?: readonly string[];
  carry(
    value: NonNullable<PolicyBaseline[Id]>,
    lock: DebianLock,
  ): (Pick<CarriedPolicy, 'actions' | 'observe'> & { readonly intended: PolicyValue }) | undefined;
}

export function definePolicy<Id extends keyof PolicyBaseline>(
  definition: PolicyDefinition<Id>,
): PolicyDefinition<Id> {
  return definition;
}
