import { type FileHandle, open } from 'node:fs/promises';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { readPlainResource, readRange, type WimResource, withWim } from '../formats/wim/wim-file.ts';
import { type BlobEntry, blobEntries, blobEntriesOf } from './blob-entries.ts';
import { selectImageXml } from './select-image-xml.ts';

/** Which image to take and which of its blobs to take along. */
export interface SkeletonSource {
  /** One whole WIM, or every part of a split set in order. */
  readonly parts: readonly string[];
  readonly index: number;
  /** SHA-1 of the blobs whose bytes an edit reads. */
  readonly carried: ReadonlySet<string>;
  /** Whole WIMs that hold blobs an edit adds, none of them the image's; they are borrowed as well. */
  readonly payloads?: readonly string[];
}

const headerBytes = 208;
const xmlLimitBytes = 16 * 1024 * 1024;
/** Header flags that say how resources are stored, and that junctions are relative. Source: [MS-WIM] FLAG_HEADER_*. */
const keptHeaderFlags = 0xe0082;
/** From `boot` on: boot metadata, boot index, integrity table and reserve, all of them none. */
const at = { flags: 16, part: 40, parts: 42, images: 44, table: 48, xml: 72, boot: 96 } as const;

function encodeResource(bytes: Buffer, offset: number, resource: WimResource): void {
  bytes.writeBigUInt64LE(BigInt(resource.storedBytes) | (BigInt(resource.flags) << 56n), offset);
  bytes.writeBigUInt64LE(BigInt(resource.offset), offset + 8);
  bytes.writeBigUInt64LE(BigInt(resource.sizeBytes), offset + 16);
}

/** Appends to a file from a given place on and tells where each piece went. */
function appender(handle: FileHandle, start: number) {
  let end = start;
  return async (bytes: Buffer): Promise<number> => {
    const offset = end;
    await handle.write(bytes, 0, bytes.length, offset);
    end += bytes.length;
    return offset;
  };
}

const plain = (offset: number, bytes: Buffer): WimResource => ({
  flags: 0,
  offset,
  storedBytes: bytes.length,
  sizeBytes: bytes.length,
});

const bytesOf = ({ file, resource }: BlobEntry) =>
  withWim(file, (source) => readRange(source, resource.offset, resource.storedBytes));

/** A table entry as the skeleton has it: in its only part, at the given place. */
function placed({ bytes, resource }: BlobEntry, offset: number): Buffer {
  const entry = Buffer.from(bytes);
  encodeResource(entry, 0, { ...resource, offset });
  entry.writeUInt16LE(1, 24);
  return entry;
}

/** The header and the XML of the image's own, from the first file. */
async function headOf({ parts, index }: SkeletonSource): Promise<{ head: Buffer; xml: Buffer }> {
  return withWim(parts[0] ?? '', async (file) => {
    const { xml } = await readWimHeader(file);
    const bytes = await readPlainResource(file, xml, { name: 'XML', limitBytes: xmlLimitBytes });
    return { head: await readRange(file, 0, headerBytes), xml: selectImageXml(bytes, index) };
  });
}

/** A header of one whole WIM with one image. */
function finishHead(head: Buffer, table: WimResource, xml: WimResource): void {
  encodeResource(head, at.table, table);
  encodeResource(head, at.xml, xml);
  head.writeUInt32LE(head.readUInt32LE(at.flags) & keptHeaderFlags, at.flags);
  head.writeUInt16LE(1, at.part);
  head.writeUInt16LE(1, at.parts);
  head.writeUInt32LE(1, at.images);
  head.fill(0, at.boot, headerBytes);
}

/**
 * Writes a WIM of one image that holds its metadata and the carried blobs only. All other blobs are in its table and
 * borrow one hole of the file, so that programs which append find every entry and read none. Source: [MS-WIM].
 *
 * @throws WINDOWS_WIM_TRUNCATED, WINDOWS_WIM_UNSUPPORTED
 */
export async function writeSkeleton(source: SkeletonSource, out: string): Promise<void> {
  const { head, xml } = await headOf(source);
  const entries = await blobEntriesOf(source.parts);
  const metadata = entries.filter(({ isMetadata }) => isMetadata)[source.index - 1];
  if (metadata === undefined) throw new RangeError(`no image ${source.index} in ${source.parts[0]}`);
  const payloads = await Promise.all((source.payloads ?? []).map((file) => blobEntriesOf([file])));
  const blobs = [...entries, ...payloads.flat()].filter(({ isMetadata }) => !isMetadata);
  const hole = blobs.reduce((most, { resource }) => Math.max(most, resource.storedBytes), 1);
  const handle = await open(out, 'wx');
  try {
    const append = appender(handle, headerBytes + hole);
    const table = [placed(metadata, await append(await bytesOf(metadata)))];
    for (const entry of blobs) {
      const isCarried = source.carried.has(entry.sha1);
      table.push(placed(entry, isCarried ? await append(await bytesOf(entry)) : headerBytes));
    }
    const tableBytes = Buffer.concat(table);
    finishHead(head, plain(await append(tableBytes), tableBytes), plain(await append(xml), xml));
    await handle.write(head, 0, headerBytes, 0);
  } finally {
    await handle.close();
  }
}

/**
 * Takes the borrowed entries out of a skeleton's table and stores its own blobs anew in the order of their digests: a
 * mount stores them in an order of its own. What is left is a delta that an export completes from the base.
 */
export async function dropBorrowed(skeleton: string): Promise<void> {
  const { head, header, sizeBytes, entries } = await withWim(skeleton, async (file) => {
    const read = await readWimHeader(file);
    const all = await blobEntries(file, read);
    const bytes = await readRange(file, 0, headerBytes);
    return { head: bytes, header: read, sizeBytes: file.sizeBytes, entries: all };
  });
  const own = entries.filter(({ resource }) => resource.offset !== headerBytes);
  const sorted = own.sort((a, b) => (a.sha1 < b.sha1 ? -1 : 1));
  const handle = await open(skeleton, 'r+');
  try {
    const append = appender(handle, sizeBytes);
    const table: Buffer[] = [];
    for (const entry of sorted) table.push(placed(entry, await append(await bytesOf(entry))));
    const bytes = Buffer.concat(table);
    encodeResource(head, at.table, plain(header.blobTable.offset, bytes));
    await handle.write(bytes, 0, bytes.length, header.blobTable.offset);
    await handle.write(head, 0, headerBytes, 0);
  } finally {
    await handle.close();
  }
}
