import { cliError } from './errors.ts';

/** A whole number from a flag, within bounds. @throws CLI_COUNT */
export function countOf(
  flag: string,
  text: string,
  { least = 1, most = 1_000_000_000 }: { readonly least?: number; readonly most?: number } = {},
): number {
  const count = Number(text);
  if (/^[0-9]{1,16}$/.test(text) && count >= least && count <= most) return count;
  throw cliError('CLI_COUNT', { flag, got: text, least, most });
}

/** The same for a flag that may be left out. */
export function optionalCountOf(
  flag: string,
  text: string | undefined,
  bounds?: Parameters<typeof countOf>[2],
): number | undefined {
  return text === undefined ? undefined : countOf(flag, text, bounds);
}
