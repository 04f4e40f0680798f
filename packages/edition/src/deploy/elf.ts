const dynamicSegment = 2;
const loadSegment = 1;
const neededTag = 1;
const stringTableTag = 5;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly sizeBytes: number;
}

function segments(elf: Buffer): Segment[] {
  const start = Number(elf.readBigUInt64LE(32));
  const entryBytes = elf.readUInt16LE(54);
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const at = start + index * entryBytes;
    return {
      type: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
      sizeBytes: Number(elf.readBigUInt64LE(at + 32)),
    };
  });
}

/** True for a 64-bit little-endian ELF file. */
export const isElf = (bytes: Buffer): boolean =>
  bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;

/** Names of the libraries that an ELF file asks for (DT_NEEDED); none for anything else. Source: System V ABI, "Dynamic Linking". */
export function neededLibraries(elf: Buffer): string[] {
  if (!isElf(elf)) return [];
  const all = segments(elf);
  const dynamic = all.find(({ type }) => type === dynamicSegment);
  if (dynamic === undefined) return [];
  const entries: [tag: number, value: number][] = [];
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.sizeBytes; at += 16)
    entries.push([Number(elf.readBigInt64LE(at)), Number(elf.readBigUInt64LE(at + 8))]);
  const address = entries.find(([tag]) => tag === stringTableTag)?.[1] ?? 0;
  const holder = all.find(
    (one) => one.type === loadSegment && address >= one.address && address < one.address + one.sizeBytes,
  );
  if (holder === undefined) return [];
  const strings = holder.offset + (address - holder.address);
  return entries
    .filter(([tag]) => tag === neededTag)
    .map(([, value]) => elf.toString('latin1', strings + value, elf.indexOf(0, strings + value)));
}
