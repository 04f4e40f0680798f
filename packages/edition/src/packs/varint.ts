/** A number of at least 0 in groups of 7 bits, the lowest first; the top bit says that more follow. */
export function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** A signed number as one of at least 0: 0, -1, 1, -2, … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
