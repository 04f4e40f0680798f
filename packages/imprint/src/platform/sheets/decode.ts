/** How the bytes of a file were read. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';

const boms: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The text of a spreadsheet's bytes: by its byte order mark, else UTF-8 where it is valid, else GB 18030. Undefined when it
 * is neither, so that no name is ever guessed.
 */
export function decodeSheet(bytes: Uint8Array): { text: string; encoding: Encoding } | undefined {
  const marked = boms.find(([, bom]) => bom.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return decodeAs(marked[0], bytes);
  const utf8 = decodeAs('utf-8', bytes);
  if (utf8 !== undefined || isDamagedUtf8(bytes)) return utf8;
  return decodeAs('gb18030', bytes);
}

function decodeAs(encoding: Encoding, bytes: Uint8Array): { text: string; encoding: Encoding } | undefined {
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
  } catch {
    return undefined;
  }
}

/** True for UTF-8 with a few bad bytes: nearly any bytes are valid GB 18030, and would give other characters. */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(bytes);
  const bad = text.match(/\ufffd/g)?.length ?? 0;
  // Three-byte sequences in a row hardly occur by chance in GB 18030.
  const good = text.match(/[\u0800-\ufffc]/g)?.length ?? 0;
  return good > 4 * bad;
}
