import { wimError } from './errors.ts';

const rules: readonly (readonly [string, RegExp])[] = [
  // The commands of wimupdate have no escape for a quote inside a quoted path.
  ['quotes', /["']/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  ['control characters', /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/],
  ['backslashes', /\\/],
  ['"." or ".." segments', /(^|\/)\.\.?(\/|$)/],
  ['empty segments', /\/\//],
];

/** Refuses a path that a command on an image cannot express or that leaves the image. @throws WINDOWS_WIM_PATH */
export function assertWimPath(path: string): void {
  const forbidden = path.startsWith('/')
    ? rules.find(([, pattern]) => pattern.test(path))?.[0]
    : 'other start';
  if (forbidden !== undefined) throw wimError('WINDOWS_WIM_PATH', { path, forbidden });
}

/** A path as Windows compares it: whatever its case. */
export function foldPath(path: string): string {
  return path.toUpperCase();
}
