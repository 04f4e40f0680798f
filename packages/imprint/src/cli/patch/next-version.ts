import { patchSetError } from './errors.ts';

const parts = (version: string) => /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(version)?.slice(1).map(Number);

function isAfter(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/** The version of the patch set that follows: `2026.11.0` → `2026.11.1`, or a later one that was asked for. @throws PATCH_SET_VERSION */
export function nextVersion(from: string, asked?: string): string {
  const [before, after] = [parts(from), asked === undefined ? undefined : parts(asked)];
  if (asked !== undefined) {
    if (after === undefined || (before !== undefined && !isAfter(after, before)))
      throw patchSetError('PATCH_SET_VERSION', { from, got: asked });
    return after.join('.');
  }
  if (before === undefined) throw patchSetError('PATCH_SET_VERSION', { from, got: from });
  return [before[0], before[1], (before[2] ?? 0) + 1].join('.');
}
