import type { Language } from '@imprint/protocol';

/** A whole disk as the installer sees it. */
export interface Disk {
  /** Kernel's name, for instance `nvme0n1`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Empty where it gives none. */
  readonly serial: string;
  readonly model: string;
  readonly isRemovable: boolean;
  /** What was found on it; undefined: nothing, it is blank. */
  readonly holds: string | undefined;
}

/** What the kernel command line asks of the installer. */
export interface InstallWishes {
  readonly language: Language;
  /** True: no person is asked. */
  readonly isUnattended: boolean;
  /** Address of a server whose content to install from; absent: a medium. */
  readonly source?: string;
  /** Names the medium this installer came on. */
  readonly medium?: string;
  /** Serial number of the blank disk meant. */
  readonly disk?: string;
  /** Serial number of the disk to overwrite, whatever it holds. */
  readonly erase?: string;
  /** Factory: ends switched off, so that the first start is the customer's. */
  readonly isOem: boolean;
}

/** The disk image that a verified release names. */
export interface ImageRecord {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly sm3?: string;
}
