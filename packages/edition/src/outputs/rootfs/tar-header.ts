import type { TreeEntry } from '../../tree/index.ts';

const blockBytes = 512;
/** The largest number eleven octal digits hold. */
const octalLimit = 0o77777777777;

const types: Readonly<Record<string, string>> = {
  file: '0',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** A path as tar names it: relative, directories with a final slash. */
function memberName({ path, type }: TreeEntry): string {
  const relative = path === '/' ? './' : `.${path}`;
  return type === 'directory' && path !== '/' ? `${relative}/` : relative;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

export function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % blockBytes;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(blockBytes - rest)]);
}

interface Fields {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtime: number;
  readonly type: string;
  readonly link: string;
  readonly device: readonly [number, number];
}

/** One ustar header block. Source: POSIX.1-2017 pax, "ustar Interchange Format". */
function ustarBlock(fields: Fields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const put = (text: string, at: number, length: number) =>
    Buffer.from(text, 'utf8').copy(block, at, 0, length);
  put(fields.name, 0, 100);
  put(octal(fields.mode, 7), 100, 7);
  put(octal(fields.uid, 7), 108, 7);
  put(octal(fields.gid, 7), 116, 7);
  put(octal(Math.min(fields.sizeBytes, octalLimit), 11), 124, 11);
  put(octal(fields.mtime, 11), 136, 11);
  put('        ', 148, 8);
  put(fields.type, 156, 1);
  put(fields.link, 157, 100);
  put('ustar\u000000', 257, 8);
  put(octal(fields.device[0], 7), 329, 7);
  put(octal(fields.device[1], 7), 337, 7);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)}\0 `, 148, 8);
  return block;
}

/** A pax record: its own length in decimal, a space, `key=value`, a newline. */
function paxRecord(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length + String(body.length).length;
  length = body.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function paxRecords(entry: TreeEntry, name: string, link: string): Buffer[] {
  const records: Buffer[] = [];
  const text = (key: string, value: string) => records.push(paxRecord(key, Buffer.from(value)));
  const fits = (value: string) => Buffer.byteLength(value) <= 100 && /^[\x20-\x7e]*$/.test(value);
  if (!fits(name)) text('path', name);
  if (!fits(link)) text('linkpath', link);
  if ((entry.sizeBytes ?? 0) > octalLimit) text('size', String(entry.sizeBytes));
  for (const [key, value] of Object.entries(entry.xattrs ?? {}))
    records.push(paxRecord(`SCHILY.xattr.${key}`, Buffer.from(value, 'base64')));
  return records;
}

/**
 * The header blocks of one member: a pax header where ustar's fields do not suffice, then the ustar header.
 * `mtime` in whole seconds. A path of a hard link group other than its first is a link to the first.
 */
export function tarHeader(entry: TreeEntry, mtime: number): Buffer {
  const name = memberName(entry);
  const isHardlink = entry.hardlinks !== undefined && entry.hardlinks !== entry.path;
  const link = isHardlink ? `.${entry.hardlinks}` : (entry.link ?? '');
  const fields = {
    name,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    sizeBytes: hasContent(entry) ? (entry.sizeBytes ?? 0) : 0,
    mtime,
    type: isHardlink ? '1' : (types[entry.type] ?? '0'),
    link,
    device: entry.device ?? ([0, 0] as const),
  };
  const header = ustarBlock(fields);
  const records = paxRecords(entry, name, link);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const extended = {
    ...fields,
    name: './PaxHeaders',
    type: 'x',
    link: '',
    mode: 0o644,
    sizeBytes: body.length,
  };
  return Buffer.concat([ustarBlock(extended), padded(body), header]);
}

/** True for the one member of a file that carries its bytes. */
export function hasContent(entry: TreeEntry): boolean {
  return entry.type === 'file' && (entry.hardlinks === undefined || entry.hardlinks === entry.path);
}

/** What ends an archive: two blocks of zeros. */
export const tarEnd = Buffer.alloc(2 * blockBytes);
