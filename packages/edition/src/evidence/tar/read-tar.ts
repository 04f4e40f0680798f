import { evidenceError } from '../errors.ts';

export interface TarMember {
  /** As stored, without the leading `./` and a directory's trailing slash; `''` is the root. */
  readonly name: string;
  readonly type: 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** A symbolic link's target, or the member a hard link names. */
  readonly link: string;
}

/** Receives members in order; a file's bytes follow its member in pieces, then `end`. */
export interface TarSink {
  member(member: TarMember): void;
  data(chunk: Uint8Array): void;
  end(): void;
}

const types: Readonly<Record<string, TarMember['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};
const blockBytes = 512;
const metadataLimitBytes = 1024 * 1024;

interface Overrides {
  path?: string;
  linkpath?: string;
  size?: number;
}

interface Reading {
  readonly sink: TarSink;
  /** Bytes short of a block, kept for the next piece. */
  pending: Buffer;
  bodyBytes: number;
  paddingBytes: number;
  inFile: boolean;
  /** A member that only describes the next one, while it is read. */
  metadata: { readonly type: string; readonly chunks: Uint8Array[] } | undefined;
  overrides: Overrides;
  finished: boolean;
}

/**
 * Reads a tar stream pushed in pieces: POSIX ustar, GNU long names (`L`, `K`) and pax records (`path`, `linkpath`,
 * `size`). Source: POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format".
 *
 * @throws EVIDENCE_TAR_MALFORMED
 */
export function tarReader(sink: TarSink): { push(chunk: Uint8Array): void; end(): void } {
  const reading: Reading = {
    sink,
    pending: Buffer.alloc(0),
    ...{ bodyBytes: 0, paddingBytes: 0, inFile: false, finished: false },
    metadata: undefined,
    overrides: {},
  };
  return {
    push: (chunk) => pushChunk(reading, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)),
    end: () => {
      if (reading.bodyBytes > 0 || reading.pending.length > 0) malformed('the end in the middle of a member');
    },
  };
}

function pushChunk(reading: Reading, chunk: Buffer): void {
  let rest = reading.pending.length === 0 ? chunk : Buffer.concat([reading.pending, chunk]);
  while (rest.length > 0 && !reading.finished) {
    if (reading.bodyBytes > 0) {
      const part = rest.subarray(0, reading.bodyBytes);
      takeBody(reading, part);
      rest = rest.subarray(part.length);
    } else if (reading.paddingBytes > 0) {
      const skipped = Math.min(reading.paddingBytes, rest.length);
      reading.paddingBytes -= skipped;
      rest = rest.subarray(skipped);
    } else if (rest.length >= blockBytes) {
      takeHeader(reading, rest.subarray(0, blockBytes));
      rest = rest.subarray(blockBytes);
    } else break;
  }
  reading.pending = reading.finished ? Buffer.alloc(0) : Buffer.from(rest);
}

function takeHeader(reading: Reading, block: Buffer): void {
  if (block.every((byte) => byte === 0)) {
    reading.finished = true;
    return;
  }
  checkSum(block);
  const type = block.toString('latin1', 156, 157);
  const sizeBytes = reading.overrides.size ?? number(block, 124, 12);
  const isMetadata = 'LKxg'.includes(type);
  if (isMetadata) {
    if (sizeBytes > metadataLimitBytes) malformed('metadata above 1 MiB');
    reading.metadata = { type, chunks: [] };
  } else {
    const member = memberOf(block, type, sizeBytes, reading.overrides);
    reading.overrides = {};
    reading.inFile = member.type === 'file';
    reading.sink.member(member);
  }
  reading.bodyBytes = isMetadata || reading.inFile ? sizeBytes : 0;
  reading.paddingBytes = (blockBytes - (reading.bodyBytes % blockBytes)) % blockBytes;
  if (reading.bodyBytes === 0) endBody(reading);
}

function takeBody(reading: Reading, chunk: Buffer): void {
  if (reading.metadata !== undefined) reading.metadata.chunks.push(Uint8Array.from(chunk));
  else reading.sink.data(chunk);
  reading.bodyBytes -= chunk.length;
  if (reading.bodyBytes === 0) endBody(reading);
}

function endBody(reading: Reading): void {
  const { metadata } = reading;
  if (metadata !== undefined)
    reading.overrides = { ...reading.overrides, ...readMetadata(metadata.type, metadata.chunks) };
  else if (reading.inFile) reading.sink.end();
  reading.metadata = undefined;
  reading.inFile = false;
}

function malformed(problem: string): never {
  throw evidenceError('EVIDENCE_TAR_MALFORMED', { problem });
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end >= 0 && end < at + length ? end : at + length);
}

function number(block: Buffer, at: number, length: number): number {
  // GNU stores numbers too large for octal as big-endian base 256, marked by the top bit.
  if (((block[at] ?? 0) & 0x80) !== 0)
    return Number(BigInt(`0x${block.toString('hex', at + 1, at + length)}`));
  const digits = text(block, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) malformed('a number that is not octal');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function checkSum(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
  if (sum !== number(block, 148, 8)) malformed('a header whose checksum is wrong');
}

function memberOf(block: Buffer, type: string, sizeBytes: number, overrides: Overrides): TarMember {
  const known = types[type];
  if (known === undefined) malformed(`a member of type "${type}"`);
  const prefix =
    block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0 ? text(block, 345, 155) : '';
  const name = overrides.path ?? (prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`);
  return {
    name: normalize(name),
    type: known,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    sizeBytes: known === 'file' ? sizeBytes : 0,
    link: overrides.linkpath ?? text(block, 157, 100),
  };
}

function normalize(name: string): string {
  const path = name.replace(/^\.\//, '').replace(/^\/+/, '').replace(/\/+$/, '');
  if (path.split('/').includes('..')) malformed('a member outside its tree');
  return path === '.' ? '' : path;
}

function readMetadata(type: string, chunks: readonly Uint8Array[]): Overrides {
  const content = Buffer.concat(chunks);
  if (type === 'L') return { path: text(content, 0, content.length) };
  if (type === 'K') return { linkpath: text(content, 0, content.length) };
  return type === 'x' ? paxRecords(content) : {};
}

/** pax: records of `<length> <key>=<value>\n`, the length counting the whole record. */
function paxRecords(content: Buffer): Overrides {
  const found: Overrides = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !(length > 0) || at + length > content.length) malformed('a broken pax record');
    const record = content.toString('utf8', space + 1, at + length - 1);
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)];
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.linkpath = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}
