import { readRange, type WimFile } from '../formats/wim/wim-file.ts';

/** What a file holds by its content. */
type ImageKind = 'wim' | 'medium' | 'unknown';

/** Volume descriptors begin here, in both formats. Source: ECMA-119 §6.2.1 and ECMA-167 part 2 §8.3. */
const descriptorsAt = 32_768;
const descriptorBytes = 2048;
const descriptorCount = 16;

/** ISO 9660 says `CD001`, UDF `NSR02` or `NSR03`; media of Windows are both at once. */
async function isMedium(file: WimFile): Promise<boolean> {
  for (let index = 0; index < descriptorCount; index += 1) {
    const at = descriptorsAt + index * descriptorBytes;
    if (at + descriptorBytes > file.sizeBytes) return false;
    const identifier = (await readRange(file, at + 1, 5)).toString('latin1');
    if (['CD001', 'NSR02', 'NSR03'].includes(identifier)) return true;
  }
  return false;
}

/** Tells what a file is from its own bytes, whatever its name. */
export async function imageKindOf(file: WimFile): Promise<ImageKind> {
  const start = await readRange(file, 0, Math.min(8, file.sizeBytes));
  if (start.toString('latin1', 0, 5) === 'MSWIM') return 'wim';
  return (await isMedium(file)) ? 'medium' : 'unknown';
}
