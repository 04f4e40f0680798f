import { zstdBlockSync } from '../zstd.ts';

const metadataBytes = 8192;
const storedFlag = 0x8000;

/** A place in a metadata area: the block's first byte on disk (from the area's start) and the byte within the block. */
export interface MetadataPlace {
  readonly block: number;
  readonly offset: number;
}

/** A place as one number: block in the upper 48 bits, offset in the lower 16. */
export function reference({ block, offset }: MetadataPlace): bigint {
  return (BigInt(block) << 16n) | BigInt(offset);
}

/** A chain of compressed 8 KiB blocks, each after its 16-bit length. */
export interface MetadataWriter {
  place(): MetadataPlace;
  write(bytes: Buffer): void;
  /** Ends the last block; returns the area and where each of its blocks begins. */
  finish(): { readonly bytes: Buffer; readonly blocks: readonly number[] };
}

export function metadataWriter(level: number): MetadataWriter {
  const parts: Buffer[] = [];
  const blocks: number[] = [];
  let pending = Buffer.alloc(0);
  let length = 0;
  const flush = () => {
    const content = pending.subarray(0, metadataBytes);
    const compressed = zstdBlockSync(content, level);
    const isSmaller = compressed.length < content.length;
    const bytes = isSmaller ? compressed : content;
    const header = Buffer.alloc(2);
    header.writeUInt16LE(isSmaller ? bytes.length : bytes.length | storedFlag);
    blocks.push(length);
    parts.push(header, bytes);
    length += 2 + bytes.length;
    pending = Buffer.from(pending.subarray(metadataBytes));
  };
  return {
    place: () => ({ block: length, offset: pending.length }),
    write: (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= metadataBytes) flush();
    },
    finish: () => {
      if (pending.length > 0) flush();
      return { bytes: Buffer.concat(parts), blocks };
    },
  };
}

/** A table of fixed records: its metadata blocks at `start`, then the blocks' places as 64-bit numbers. */
export function lookupTable(
  records: Buffer,
  level: number,
  start: number,
): { readonly bytes: Buffer; readonly at: number } {
  const writer = metadataWriter(level);
  writer.write(records);
  const { bytes, blocks } = writer.finish();
  const places = Buffer.alloc(blocks.length * 8);
  for (const [at, block] of blocks.entries()) places.writeBigUInt64LE(BigInt(start + block), at * 8);
  return { bytes: Buffer.concat([bytes, places]), at: start + bytes.length };
}
