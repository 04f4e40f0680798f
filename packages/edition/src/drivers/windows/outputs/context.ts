import type { PlannedOutput, WindowsOutputKind } from '../../../plan/model.ts';
import type { Stage } from '../../../progress.ts';
import type { WindowsShop } from '../press/shop.ts';

/** What pressing an output works with. */
export interface OutputContext {
  readonly shop: WindowsShop;
  /** The edition's image, index 1. */
  readonly wim: string;
  readonly output: PlannedOutput<WindowsOutputKind>;
  /** Where the output's files go. */
  readonly directory: string;
  readonly stage: Stage;
}

/** Writes an output's files and returns them in order. */
export type OutputPresser = (context: OutputContext) => Promise<readonly string[]>;

/** A number or text among an output's options; a plan without it is not one of ours. */
export function textOption({ options }: PlannedOutput, name: string): string {
  const value = options[name];
  if (typeof value !== 'string') throw new TypeError(`the output has no option "${name}"`);
  return value;
}

export function numberOption({ options }: PlannedOutput, name: string): number {
  const value = options[name];
  if (typeof value !== 'number') throw new TypeError(`the output has no option "${name}"`);
  return value;
}
