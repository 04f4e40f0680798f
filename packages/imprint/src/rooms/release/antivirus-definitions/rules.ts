import type { DefinitionsManifest } from '@imprint/protocol';

/**
 * The number the next set of a provider gets: above every ring's, so that no device meets two sets under one number whichever
 * rings it passes through.
 */
export const nextSequence = (standing: readonly DefinitionsManifest[]): number =>
  1 + Math.max(0, ...standing.map(({ sequence }) => sequence));

/** True where a ring would go back, or would serve another content under the number its devices already hold. */
export function isBehind(next: DefinitionsManifest, current: DefinitionsManifest | undefined): boolean {
  if (current === undefined || next.sequence > current.sequence) return false;
  const isSame = JSON.stringify(next.files) === JSON.stringify(current.files);
  return next.sequence < current.sequence || !isSame;
}

/** `2026.11.23-7`: the day it was built, and its number. */
export const versionOf = (builtAt: string, sequence: number): string =>
  `${builtAt.slice(0, 10).replaceAll('-', '.')}-${sequence}`;
