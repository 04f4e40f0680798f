import { runTool } from '../tools/run-tool.ts';

export type Xattrs = Readonly<Record<string, string>>;

/** What an overlayfs upper directory says of itself by attributes; `trusted.` as root, `user.` in a user namespace. */
const overlayAttribute = /^(?:trusted|user)\.overlay\.(.+)$/;

export interface TreeXattrs {
  /** Path within the tree → attribute → base64. */
  readonly plain: ReadonlyMap<string, Xattrs>;
  readonly opaque: ReadonlySet<string>;
  /** Overlay features this index cannot express (redirected directories, metadata-only copies), by path. */
  readonly unsupported: ReadonlyMap<string, string>;
}

/** Undoes getfattr's escapes: a backslash and three octal digits stand for one byte. */
function unescapePath(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  const source = Buffer.from(text);
  for (let i = 0; i < source.length; i++) {
    const octal = source[i] === 0x5c ? source.toString('latin1', i + 1, i + 4) : '';
    if (/^[0-7]{3}$/.test(octal)) {
      bytes.push(Number.parseInt(octal, 8));
      i += 3;
    } else bytes.push(source[i] ?? 0);
  }
  return Buffer.from(bytes).toString('utf8');
}

function base64Of(value: string): string {
  return value.startsWith('0s') ? value.slice(2) : '';
}

/** Reads what `getfattr -R -P -h -d -m - -e base64 --absolute-names <directory>` prints. */
export function parseXattrs(text: string, directory: string): TreeXattrs {
  const plain = new Map<string, Xattrs>();
  const opaque = new Set<string>();
  const unsupported = new Map<string, string>();
  for (const block of text.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n').filter((line) => line !== '');
    if (!head.startsWith('# file: ')) continue;
    const path = unescapePath(head.slice('# file: '.length)).slice(directory.length) || '/';
    const kept: Record<string, string> = {};
    for (const line of lines) {
      const at = line.indexOf('=');
      const name = unescapePath(at < 0 ? line : line.slice(0, at));
      const value = at < 0 ? '' : base64Of(line.slice(at + 1));
      const overlay = overlayAttribute.exec(name)?.[1];
      if (overlay === undefined) kept[name] = value;
      else if (overlay === 'opaque' && value === 'eQ==') opaque.add(path);
      else if (['redirect', 'metacopy', 'whiteout', 'opaque'].includes(overlay)) unsupported.set(path, name);
    }
    if (Object.keys(kept).length > 0) plain.set(path, sortKeys(kept));
  }
  return { plain, opaque, unsupported };
}

function sortKeys(record: Record<string, string>): Xattrs {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Reads the extended attributes of a whole tree with one run of getfattr (package `attr`); Node has no such call.
 * Only root sees `trusted.` attributes, and so overlayfs' opaque mark.
 *
 * @throws TOOL_MISSING, TOOL_FAILED
 */
export async function readXattrs(directory: string, signal?: AbortSignal): Promise<TreeXattrs> {
  const argv = ['getfattr', '-R', '-P', '-h', '-d', '-m', '-', '-e', 'base64', '--absolute-names', '--'];
  const { stdout } = await runTool([...argv, directory], { signal });
  return parseXattrs(stdout.toString('utf8'), directory);
}
