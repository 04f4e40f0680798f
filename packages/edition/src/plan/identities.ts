import type { DebianLock } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';

/** A version 8 UUID (RFC 9562 §5.8) from a digest of whose it is and what it is for. */
export function derivedUuid(owner: string, purpose: string): string {
  const hex = sha256Hex(Buffer.from(`imprint/uuid/v1\n${owner}\n${purpose}`));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

export type DiskIdentities = {
  readonly diskUuid: string;
  readonly biosPartitionUuid: string;
  readonly espPartitionUuid: string;
  readonly rootPartitionUuid: string;
  readonly rootFilesystemUuid: string;
  readonly rootHashSeed: string;
  /** The FAT volume's serial number, eight hexadecimal digits. */
  readonly espSerial: string;
};

/**
 * Identities of an edition's disk. They are the same in every release: a device that is brought to a later one in place
 * keeps its disk, and the later one's `/etc/fstab` must find it.
 */
export function diskIdentities({ edition }: Pick<DebianLock, 'edition'>): DiskIdentities {
  const uuid = (purpose: string) => derivedUuid(edition, purpose);
  return {
    diskUuid: uuid('disk'),
    biosPartitionUuid: uuid('bios-partition'),
    espPartitionUuid: uuid('esp-partition'),
    rootPartitionUuid: uuid('root-partition'),
    rootFilesystemUuid: uuid('root-filesystem'),
    rootHashSeed: uuid('root-hash-seed'),
    espSerial: uuid('esp-serial').slice(0, 8).toUpperCase(),
  };
}
