/** Throwaway until formats/regf/minimal-hive.ts lands. */
export function minimalHive(): Buffer {
  const b = Buffer.alloc(8192);
  const time = 132_202_768_800_000_000n;
  b.write('regf', 0, 'latin1');
  b.writeUInt32LE(1, 4);
  b.writeUInt32LE(1, 8);
  b.writeBigUInt64LE(time, 12);
  b.writeUInt32LE(1, 20);
  b.writeUInt32LE(5, 24);
  b.writeUInt32LE(1, 32);
  b.writeUInt32LE(0x20, 36);
  b.writeUInt32LE(4096, 40);
  b.writeUInt32LE(1, 44);
  let sum = 0;
  for (let i = 0; i < 508; i += 4) sum ^= b.readUInt32LE(i);
  b.writeUInt32LE(sum >>> 0, 508);
  b.write('hbin', 4096, 'latin1');
  b.writeUInt32LE(4096, 4104);
  b.writeBigUInt64LE(time, 4116);
  const nk = 4096 + 0x20;
  const skAt = 0x20 + 88;
  b.writeInt32LE(-88, nk);
  b.write('nk', nk + 4, 'latin1');
  b.writeUInt16LE(0x2c, nk + 6);
  b.writeBigUInt64LE(time, nk + 8);
  b.writeInt32LE(-1, nk + 20);
  b.writeInt32LE(-1, nk + 32);
  b.writeInt32LE(-1, nk + 36);
  b.writeInt32LE(-1, nk + 44);
  b.writeUInt32LE(skAt, nk + 48);
  b.writeInt32LE(-1, nk + 52);
  b.writeUInt16LE(4, nk + 76);
  b.write('ROOT', nk + 80, 'latin1');
  const sd = Buffer.from(
    '010004801400000020000000000000002c00000001010000000000051200000001010000000000051200000002001c000100000000031400ff011f00010100000000000512000000',
    'hex',
  );
  const sk = 4096 + skAt;
  const size = (24 + sd.length + 7) & ~7;
  b.writeInt32LE(-size, sk);
  b.write('sk', sk + 4, 'latin1');
  b.writeUInt32LE(skAt, sk + 8);
  b.writeUInt32LE(skAt, sk + 12);
  b.writeUInt32LE(1, sk + 16);
  b.writeUInt32LE(sd.length, sk + 20);
  sd.copy(b, sk + 24);
  const free = sk + size;
  b.writeInt32LE(8192 - free, free);
  return b;
}
