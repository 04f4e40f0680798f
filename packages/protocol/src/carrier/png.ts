const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const bigEndian = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

/** Source: PNG (W3C REC-png-3) Annex D. */
const crcTable = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc;
}

/** Source: RFC 1950 §8. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

function join(parts: readonly ArrayLike<number>[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = join([[...type].map((letter) => letter.charCodeAt(0)), data]);
  return join([bigEndian(data.length), named, bigEndian(crc32(named))]);
}

/** Wraps bytes as a zlib stream of stored blocks: no compressor is needed where this runs. Source: RFC 1951 §3.2.4. */
function stored(bytes: Uint8Array): Uint8Array {
  const parts: ArrayLike<number>[] = [[0x78, 0x01]];
  for (let at = 0; at < bytes.length; at += 65_535) {
    const block = bytes.subarray(at, at + 65_535);
    const [low, high] = [block.length & 0xff, block.length >> 8];
    parts.push([at + block.length === bytes.length ? 1 : 0, low, high, ~low & 0xff, ~high & 0xff], block);
  }
  return join([...parts, bigEndian(adler32(bytes))]);
}

/** Writes a square picture of one bit a pixel, 0 for dark. Source: PNG (W3C REC-png-3) §11.2. */
export function greyPng(size: number, isDark: (x: number, y: number) => boolean): Uint8Array {
  const rowBytes = Math.ceil(size / 8) + 1;
  const pixels = new Uint8Array(rowBytes * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * rowBytes + 1 + (x >> 3);
      if (!isDark(x, y)) pixels[at] = (pixels[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
  const header = Uint8Array.from([...bigEndian(size), ...bigEndian(size), 1, 0, 0, 0, 0]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', stored(pixels)), chunk('IEND', new Uint8Array())];
  return join([signature, ...chunks]);
}
