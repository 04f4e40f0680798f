import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { readVirtual } from '../files/virtual.ts';
import type { Disk } from './model.ts';
import { unfinishedMark } from './write-image.ts';

const mebibyte = 1024 * 1024;
const samples = 256;
const sampleBytes = 4096;
const noDisks = /^(loop|ram|zram|dm-|md|fd|sr|nbd|mtdblock)/;

function names(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function readAt(descriptor: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, at));
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

function namedContent(head: Buffer): string {
  const text = (at: number, length: number) => head.toString('latin1', at, at + length);
  if (text(512, 8) === 'EFI PART' || text(4096, 8) === 'EFI PART') return 'a partition table';
  if (text(32_769, 5) === 'CD001') return 'a disc image';
  if (head.readUInt16LE(510) === 0xaa55) return 'a boot sector';
  return 'bytes that are not zero';
}

/**
 * What a disk holds; undefined where both its ends and samples all over it are zero, or where all there is is a cut-off
 * installation's mark. Never says blank of a disk that cannot be read.
 */
export function contentOf(path: string, sizeBytes?: number): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return 'something that cannot be read';
  }
  try {
    const size = sizeBytes ?? fstatSync(descriptor).size;
    const head = readAt(descriptor, 0, Math.min(mebibyte, size));
    if (
      head.length >= unfinishedMark.length &&
      head.subarray(0, unfinishedMark.length).equals(unfinishedMark)
    )
      return undefined;
    if (!isZero(head)) return namedContent(head);
    if (!isZero(readAt(descriptor, Math.max(0, size - mebibyte), mebibyte))) return 'bytes at its end';
    for (let sample = 1; sample < samples; sample += 1) {
      const at = Math.floor(((size / samples) * sample) / sampleBytes) * sampleBytes;
      if (!isZero(readAt(descriptor, at, sampleBytes))) return 'bytes that are not zero';
    }
    return undefined;
  } catch {
    return 'something that cannot be read';
  } finally {
    closeSync(descriptor);
  }
}

const printable = (text: string | undefined): string =>
  (text ?? '')
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100);

/** Page 80h of a SCSI or ATA disk: a header of four bytes, then the serial number. Source: SPC-5 §7.7.19. */
const pageSerial = (base: string): string | undefined => readVirtual(join(base, 'device/vpd_pg80'))?.slice(4);

const sizeOf = (root: string, name: string): number =>
  Number(readVirtual(join(root, '/sys/block', name, 'size')) ?? 0) * 512;

function diskOf(root: string, name: string, sizeBytes: number): Disk {
  const base = join(root, '/sys/block', name);
  const serials = [
    readVirtual(join(base, 'serial')),
    readVirtual(join(base, 'device/serial')),
    pageSerial(base),
  ];
  return {
    name,
    sizeBytes,
    serial: serials.map(printable).find((serial) => serial !== '') ?? '',
    model: printable(readVirtual(join(base, 'device/model'))),
    isRemovable: readVirtual(join(base, 'removable'))?.trim() === '1',
    holds: contentOf(join(root, '/dev', name), sizeBytes),
  };
}

/** Every whole disk that can be written, with what it holds; `except` names the medium that is installed from. */
export function listDisks(root: string, except: string | undefined): Disk[] {
  return names(join(root, '/sys/block'))
    .filter((name) => !noDisks.test(name) && name !== except)
    .filter((name) => readVirtual(join(root, '/sys/block', name, 'ro'))?.trim() !== '1')
    .map((name) => [name, sizeOf(root, name)] as const)
    .filter(([, sizeBytes]) => sizeBytes > 0)
    .map(([name, sizeBytes]) => diskOf(root, name, sizeBytes));
}

/** Volume identifier of an ISO 9660 volume: 32 characters of the primary descriptor. Source: ECMA-119 §8.4. */
function volumeId(path: string): string | undefined {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const sector = readAt(descriptor, 32_768, 2048);
      if (sector.toString('latin1', 1, 6) !== 'CD001') return undefined;
      return sector.toString('latin1', 40, 72).trimEnd();
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** The whole device that holds the medium with this volume identifier, discs included. */
export function findMedium(root: string, volume: string): string | undefined {
  return names(join(root, '/sys/block'))
    .filter((name) => !/^(loop|ram|zram|fd)/.test(name))
    .find((name) => volumeId(join(root, '/dev', name)) === volume);
}
