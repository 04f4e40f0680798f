/** One entry of an archive that the kernel unpacks as its first root. */
export interface CpioEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly type: 'file' | 'directory' | 'symlink';
  /** A file's bytes, a link's target. */
  readonly content: Buffer;
}

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
const hex = (value: number) => value.toString(16).padStart(8, '0').toUpperCase();
const padding = (length: number) => Buffer.alloc((4 - (length % 4)) % 4);

function header(entry: CpioEntry, inode: number, mtime: number): Buffer {
  const name = `${entry.path}\0`;
  const fields = [
    inode,
    typeBits[entry.type] | entry.mode,
    ...[0, 0],
    entry.type === 'directory' ? 2 : 1,
    mtime,
    entry.content.length,
    ...[0, 0, 0, 0],
    Buffer.byteLength(name),
    0,
  ];
  const bytes = Buffer.from(`070701${fields.map(hex).join('')}${name}`);
  return Buffer.concat([bytes, padding(bytes.length)]);
}

/** Entries, and the directories above them that nobody named, in order of their paths. */
function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const parent = parts.slice(0, depth).join('/');
      if (!all.has(parent))
        all.set(parent, { path: parent, mode: 0o755, type: 'directory', content: Buffer.alloc(0) });
    }
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A `newc` archive owned by root; the same entries give the same bytes. Source: cpio(5), kernel "early userspace". */
export function cpioArchive(entries: readonly CpioEntry[], mtime: number): Buffer {
  const parts = withParents(entries).flatMap((entry, index) => [
    header(entry, index + 1, mtime),
    entry.content,
    padding(entry.content.length),
  ]);
  const trailer: CpioEntry = { path: 'TRAILER!!!', mode: 0, type: 'file', content: Buffer.alloc(0) };
  return Buffer.concat([...parts, header({ ...trailer }, 0, 0)]);
}
