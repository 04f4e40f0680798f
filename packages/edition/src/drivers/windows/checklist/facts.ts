import type { ChecklistItem, DeviceChecklistReport } from './model.ts';

type Facts = NonNullable<ChecklistItem['facts']>;

/** A look that worked. */
export interface Seen {
  readonly facts: Facts;
  readonly at: string;
}

/** Looks up what a report says of one item, or why it says nothing. */
export function factsOf(report: DeviceChecklistReport): (id: string) => Seen | { readonly reason: string } {
  const items = new Map(report.items.map((item) => [item.id, item]));
  return (id) => {
    const item = items.get(id);
    if (item === undefined) return { reason: 'the report does not have it' };
    const { state, at, facts, reason } = item;
    if (state === 'observed' && facts !== undefined) return { facts, at };
    return { reason: reason ?? (state === 'failed' ? 'looking failed' : 'nobody looked') };
  };
}

export const textOf = (facts: Facts, name: string): string => {
  const value = facts[name];
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
};

/** A list; PowerShell makes a single text of a list with one. */
export function listOf(facts: Facts, name: string): string[] {
  const value = facts[name];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}
