import { sectorBytes } from './layout.ts';

const reservedSectors = 32;
const fatCopies = 2;
const endOfChain = 0x0fffffff;
const nameBytes = 11;
const directoryAttribute = 0x10;
const archiveAttribute = 0x20;

/** A directory of files and directories; names are 8.3, upper case. */
export interface FatDirectory {
  readonly [name: string]: Buffer | FatDirectory;
}

interface Volume {
  readonly fat: Uint32Array;
  /** Clusters of one sector, from cluster 2 on. */
  readonly clusters: Buffer[];
  readonly stamp: { readonly date: number; readonly time: number };
}

/** A name as a directory entry holds it: eight and three characters, padded with blanks. */
function shortName(name: string): Buffer {
  const match = /^([A-Z0-9_-]{1,8})(?:\.([A-Z0-9_-]{1,3}))?$/.exec(name);
  if (match === null) throw new TypeError(`not an 8.3 name: ${name}`);
  return Buffer.from((match[1] ?? '').padEnd(8) + (match[2] ?? '').padEnd(3), 'latin1');
}

function directoryEntry(
  volume: Volume,
  name: Buffer,
  attribute: number,
  cluster: number,
  sizeBytes: number,
): Buffer {
  const entry = Buffer.alloc(32);
  name.copy(entry, 0, 0, nameBytes);
  entry[11] = attribute;
  const { date, time } = volume.stamp;
  entry.writeUInt16LE(time, 14);
  entry.writeUInt16LE(date, 16);
  entry.writeUInt16LE(date, 18);
  entry.writeUInt16LE(cluster >>> 16, 20);
  entry.writeUInt16LE(time, 22);
  entry.writeUInt16LE(date, 24);
  entry.writeUInt16LE(cluster & 0xffff, 26);
  entry.writeUInt32LE(sizeBytes, 28);
  return entry;
}

/** Takes clusters for some bytes and chains them; returns the first. */
function allocate(volume: Volume, bytes: Buffer): number {
  const first = volume.clusters.length + 2;
  const count = Math.max(1, Math.ceil(bytes.length / sectorBytes));
  for (let at = 0; at < count; at++) {
    const cluster = Buffer.alloc(sectorBytes);
    bytes.copy(cluster, 0, at * sectorBytes, (at + 1) * sectorBytes);
    volume.clusters.push(cluster);
    volume.fat[first + at] = at === count - 1 ? endOfChain : first + at + 1;
  }
  return first;
}

/** Reserves a directory's own clusters first, so that its children can name it as their parent. */
function writeDirectory(
  volume: Volume,
  content: FatDirectory,
  parent: number | undefined,
  label?: Buffer,
): number {
  const names = Object.keys(content).sort();
  const own = (parent === undefined ? 0 : 2) + (label === undefined ? 0 : 1);
  const first = allocate(volume, Buffer.alloc(Math.max(1, names.length + own) * 32));
  const entries: Buffer[] = [];
  if (label !== undefined) entries.push(directoryEntry(volume, label, 0x08, 0, 0));
  if (parent !== undefined) {
    entries.push(directoryEntry(volume, Buffer.from('.          '), directoryAttribute, first, 0));
    entries.push(directoryEntry(volume, Buffer.from('..         '), directoryAttribute, parent, 0));
  }
  for (const name of names) {
    const child = content[name];
    if (child === undefined) continue;
    if (Buffer.isBuffer(child)) {
      const cluster = child.length === 0 ? 0 : allocate(volume, child);
      entries.push(directoryEntry(volume, shortName(name), archiveAttribute, cluster, child.length));
      continue;
    }
    const up = parent === undefined ? 0 : first;
    entries.push(
      directoryEntry(volume, shortName(name), directoryAttribute, writeDirectory(volume, child, up), 0),
    );
  }
  const bytes = Buffer.concat(entries);
  for (let at = 0; at * sectorBytes < bytes.length; at++)
    bytes.copy(
      volume.clusters[first - 2 + at] ?? Buffer.alloc(0),
      0,
      at * sectorBytes,
      (at + 1) * sectorBytes,
    );
  return first;
}

function bootSector(
  sectors: number,
  fatSectors: number,
  hiddenSectors: number,
  serial: number,
  label: Buffer,
): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.set([0xeb, 0x58, 0x90]);
  sector.write('IMPRINT ', 3, 'latin1');
  sector.writeUInt16LE(sectorBytes, 11);
  sector[13] = 1;
  sector.writeUInt16LE(reservedSectors, 14);
  sector[16] = fatCopies;
  sector[21] = 0xf8;
  sector.writeUInt16LE(63, 24);
  sector.writeUInt16LE(255, 26);
  sector.writeUInt32LE(hiddenSectors, 28);
  sector.writeUInt32LE(sectors, 32);
  sector.writeUInt32LE(fatSectors, 36);
  sector.writeUInt32LE(2, 44);
  sector.writeUInt16LE(1, 48);
  sector.writeUInt16LE(6, 50);
  sector[64] = 0x80;
  sector[66] = 0x29;
  sector.writeUInt32LE(serial, 67);
  label.copy(sector, 71);
  sector.write('FAT32   ', 82, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

function infoSector(freeClusters: number, nextCluster: number): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  sector.writeUInt32LE(0x41615252, 0);
  sector.writeUInt32LE(0x61417272, 484);
  sector.writeUInt32LE(freeClusters, 488);
  sector.writeUInt32LE(nextCluster, 492);
  sector.writeUInt32LE(0xaa550000, 508);
  return sector;
}

function fatStamp(epoch: number): Volume['stamp'] {
  const at = new Date(epoch * 1000);
  const year = Math.max(0, at.getUTCFullYear() - 1980);
  return {
    date: (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

export interface FatOptions {
  readonly sizeBytes: number;
  /** Sectors of the disk before the volume. */
  readonly hiddenSectors: number;
  /** Eight hexadecimal digits. */
  readonly serial: string;
  /** At most eleven upper-case characters. */
  readonly label: string;
  /** Seconds since the epoch, for every timestamp. */
  readonly epoch: number;
}

/**
 * The used beginning of a FAT32 volume with one sector per cluster; what follows it is zeros. The same content gives
 * the same bytes. Source: Microsoft FAT specification (fatgen103) §3 to §6.
 */
export function fat32Volume(content: FatDirectory, options: FatOptions): Buffer {
  const sectors = options.sizeBytes / sectorBytes;
  const fatSectors = Math.ceil(((sectors - reservedSectors) * 4) / (sectorBytes + 4 * fatCopies));
  const clusterCount = sectors - reservedSectors - fatCopies * fatSectors;
  if (clusterCount < 65525) throw new RangeError('a FAT32 volume has at least 65525 clusters');
  const fat = new Uint32Array((fatSectors * sectorBytes) / 4);
  fat[0] = 0x0ffffff8;
  fat[1] = endOfChain;
  const label = Buffer.from(options.label.padEnd(nameBytes), 'latin1');
  const volume: Volume = { fat, clusters: [], stamp: fatStamp(options.epoch) };
  writeDirectory(volume, content, undefined, label);
  const boot = bootSector(
    sectors,
    fatSectors,
    options.hiddenSectors,
    Number.parseInt(options.serial, 16),
    label,
  );
  const used = volume.clusters.length;
  const info = infoSector(clusterCount - used, used + 2);
  const reserved = Buffer.alloc(reservedSectors * sectorBytes);
  for (const [at, sector] of [boot, info].entries()) {
    sector.copy(reserved, at * sectorBytes);
    sector.copy(reserved, (at + 6) * sectorBytes);
  }
  const table = Buffer.from(fat.buffer);
  return Buffer.concat([reserved, table, table, ...volume.clusters]);
}
