import { open } from 'node:fs/promises';

/** What a file that the first boot uses is, by its content. */
export type PayloadKind =
  | 'installer-package'
  | 'program'
  | 'program-for-another-machine'
  | 'cabinet'
  | 'image'
  | 'other';

const compound = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** CLSID of a Windows Installer package, as it lies in the file. Source: Windows Installer, `{000C1084-…}`. */
const installerClass = Buffer.from('84100c0000000000c000000000000046', 'hex');
/** Windows on amd64 runs both. Source: Microsoft PE format, "Machine Types". */
const machines: readonly number[] = [0x8664, 0x014c];

type Read = (at: number, sizeBytes: number) => Promise<Buffer>;

/** True when the class of the root storage says Windows Installer. Source: [MS-CFB] §2.2 and §2.6. */
async function isInstallerPackage(read: Read): Promise<boolean> {
  const header = await read(0, 52);
  if (header.length < 52 || !header.subarray(0, 8).equals(compound)) return false;
  const sectorBytes = 2 ** Math.min(header.readUInt16LE(30), 20);
  const directoryAt = (header.readUInt32LE(48) + 1) * sectorBytes;
  return (await read(directoryAt + 80, 16)).equals(installerClass);
}

async function programKind(read: Read): Promise<PayloadKind | undefined> {
  const start = await read(0, 64);
  if (start.length < 64 || start.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = await read(start.readUInt32LE(60), 6);
  if (header.length < 6 || header.toString('latin1', 0, 4) !== 'PE\0\0') return undefined;
  return machines.includes(header.readUInt16LE(4)) ? 'program' : 'program-for-another-machine';
}

async function kindOf(read: Read): Promise<PayloadKind> {
  if (await isInstallerPackage(read)) return 'installer-package';
  const start = (await read(0, 5)).toString('latin1');
  if (start.startsWith('MSCF')) return 'cabinet';
  if (start === 'MSWIM') return 'image';
  return (await programKind(read)) ?? 'other';
}

/** Tells what a file is from its own bytes, whatever its name. */
export async function payloadKindOf(path: string): Promise<PayloadKind> {
  const handle = await open(path, 'r');
  try {
    return await kindOf(async (at, sizeBytes) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, at);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await handle.close();
  }
}
