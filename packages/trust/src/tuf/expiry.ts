import { tufError } from './errors.ts';

/** Formats an instant as TUF wants it. @throws TRUST_TUF_MALFORMED */
export function wholeSeconds(instant: string | Date): string {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime()))
    throw tufError('TRUST_TUF_MALFORMED', { name: 'expires', got: String(instant) });
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
