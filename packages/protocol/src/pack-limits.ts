// Apart from the schemas, so that a device's bundle carries no schema library for them.

/** First bytes of a pack and of a patch; the head follows them. `docs/design/packs.md` describes both formats. */
export const packMagic = { pack: 'IMPPACK1', patch: 'IMPPTCH1' } as const;
export type PackKind = keyof typeof packMagic;

/** Bounds that an encoder keeps and a decoder insists on; bytes unless said otherwise. */
export const packLimits = {
  /** Magic, then the compressed length of the index as an unsigned 32-bit little-endian number. */
  preamble: 12,
  compressedIndex: 8 * 1024 * 1024,
  index: 32 * 1024 * 1024,
  /** What one frame of a pack unpacks to; only the last one is shorter. */
  rawFrame: 1024 * 1024,
  /** A frame as it is stored, in a pack or a patch. */
  frame: 1024 * 1024 + 64 * 1024,
  script: 32 * 1024 * 1024,
  /** What a gzipped file that is patched inside may unpack to. */
  gzipped: 16 * 1024 * 1024,
  /** An ar member's size has ten decimal digits. */
  deb: 9_999_999_999,
} as const;

/** The streams of a patch in the order they are stored: each `[stored bytes, unpacked bytes]`, one brotli stream. */
export const patchStreams = ['plan', 'control', 'diff', 'extra'] as const;
export type PatchStream = (typeof patchStreams)[number];
