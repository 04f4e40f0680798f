import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inside } from '../../engine/chroot.ts';
import type { FatDirectory } from './fat32.ts';

/**
 * The ESP's files: the vendor's own signed shim and GRUB, unchanged, under the vendor's name and at the fallback path.
 * Source: UEFI 2.10 §3.5.1.1; Debian's shim-signed and grub-efi-amd64-signed.
 */
export async function espFiles(tools: Inside, config: string): Promise<FatDirectory> {
  const file = (path: string) => readFile(join(tools.root, path));
  const shim = await file('usr/lib/shim/shimx64.efi.signed');
  const mokManager = await file('usr/lib/shim/mmx64.efi.signed');
  const grub = await file('usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed');
  return {
    EFI: {
      BOOT: { 'BOOTX64.EFI': shim, 'GRUBX64.EFI': grub, 'MMX64.EFI': mokManager },
      DEBIAN: {
        'SHIMX64.EFI': shim,
        'GRUBX64.EFI': grub,
        'MMX64.EFI': mokManager,
        'GRUB.CFG': Buffer.from(config),
      },
    },
  };
}
