import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';

/** The lines that the fixture's boot programs write to the first serial port. */
export const bootMarkers = { bios: 'imprint-fixture bios', uefi: 'imprint-fixture uefi' } as const;

/** lodsb; test al,al; jz out; out dx,al; jmp back; then cli; hlt; jmp for ever. The same bytes in both modes. */
const printAndHalt = [0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0xfa, 0xf4, 0xeb, 0xfc];

const line = (text: string) => Buffer.from(`${text}\r\n\0`, 'latin1');

/** A boot program of 2048 bytes that BIOS loads at 0x7c00. Source: El Torito 1.0 §2.2, no emulation. */
export function biosBootProgram(): Buffer {
  const code = [0x31, 0xc0, 0x8e, 0xd8, 0xfc, 0xbe, 0, 0, 0xba, 0xf8, 0x03, ...printAndHalt];
  const program = Buffer.alloc(2048);
  program.set(code, 0);
  program.writeUInt16LE(0x7c00 + code.length, 6);
  line(bootMarkers.bios).copy(program, code.length);
  return program;
}

/** lea rsi,[rip+text]; cld; mov dx,0x3f8; then as above. */
function uefiCode(): Buffer {
  const rest = [0xfc, 0x66, 0xba, 0xf8, 0x03, ...printAndHalt];
  return Buffer.concat([
    Buffer.from([0x48, 0x8d, 0x35, rest.length, 0, 0, 0, ...rest]),
    line(bootMarkers.uefi),
  ]);
}

/** Source: Microsoft PE format, "Optional Header" of PE32+; subsystem 10 is an EFI application. */
function optionalHeader(): Buffer {
  const header = Buffer.alloc(240);
  header.writeUInt16LE(0x20b, 0);
  header.writeUInt32LE(0x200, 4);
  header.writeUInt32LE(0x1000, 16);
  header.writeUInt32LE(0x1000, 20);
  header.writeUInt32LE(0x1000, 32);
  header.writeUInt32LE(0x200, 36);
  header.writeUInt32LE(0x2000, 56);
  header.writeUInt32LE(0x200, 60);
  header.writeUInt16LE(10, 68);
  header.writeUInt32LE(16, 108);
  return header;
}

/** A minimal PE32+ of one section that UEFI starts. Source: UEFI 2.10 §2.1.1. */
export function uefiBootProgram(): Buffer {
  const program = Buffer.alloc(0x400);
  program.write('MZ', 0, 'latin1');
  program.writeUInt32LE(0x40, 60);
  program.write('PE\0\0', 0x40, 'latin1');
  program.writeUInt16LE(0x8664, 0x44);
  program.writeUInt16LE(1, 0x46);
  program.writeUInt16LE(240, 0x54);
  program.writeUInt16LE(0x22, 0x56);
  optionalHeader().copy(program, 0x58);
  const section = 0x58 + 240;
  program.write('.text', section, 'latin1');
  [0x200, 0x1000, 0x200, 0x200].forEach((value, i) => {
    program.writeUInt32LE(value, section + 8 + 4 * i);
  });
  program.writeUInt32LE(0x60000020, section + 36);
  uefiCode().copy(program, 0x200);
  return program;
}

/** Writes efisys.bin: a FAT file system with the UEFI program as its default loader. */
export async function writeEfiSystemImage(file: string, epochSeconds: number): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'efisys-'));
  try {
    const env = { SOURCE_DATE_EPOCH: String(epochSeconds), MTOOLS_SKIP_CHECK: '1' };
    const [image, loader] = [join(work, 'efisys.bin'), join(work, 'BOOTX64.EFI')];
    await writeFile(loader, uefiBootProgram());
    await runTool(['mkfs.vfat', '--invariant', '-F', '12', '-C', image, '1440'], { env });
    await runTool(['mmd', '-i', image, '::/EFI', '::/EFI/BOOT'], { env });
    await runTool(['mcopy', '-i', image, loader, '::/EFI/BOOT/BOOTX64.EFI'], { env });
    await copyFile(image, file);
  } finally {
    await rm(work, { recursive: true });
  }
}
