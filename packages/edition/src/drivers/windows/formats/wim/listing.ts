import { createHash } from 'node:crypto';
import { windowsToolError } from '../../tools/errors.ts';

/** One path of an image as `wimlib-imagex dir --detailed` tells it. Times are epoch seconds. */
export interface WimEntry {
  readonly path: string;
  readonly attributes: number;
  readonly isDirectory: boolean;
  /** Of the unnamed stream, which directories and empty files have none of. */
  readonly sizeBytes: number;
  readonly sha1: string | undefined;
  readonly streams: readonly WimStream[];
  /** SHA-256 of the self-relative descriptor; absent when the image has none for this path. */
  readonly securityDescriptor: string | undefined;
  readonly shortName: string | undefined;
  /** The first path, in order, of those that share the file; absent for a file with one name. */
  readonly linkGroup: string | undefined;
  readonly linkCount: number;
  readonly creationTime: number;
  readonly lastWriteTime: number;
  readonly reparse: { readonly tag: number; readonly sha1: string | undefined } | undefined;
}

export interface WimStream {
  readonly name: string;
  readonly sha1: string | undefined;
  readonly sizeBytes: number;
}

interface RawStream {
  readonly kind: string;
  readonly name: string;
  readonly fields: Map<string, string>;
}

interface RawEntry {
  readonly fields: Map<string, string>;
  readonly streams: RawStream[];
}

const directoryAttribute = 0x10;
const fieldLine = /^([A-Z][A-Za-z ]*?)\s*=\s?(.*)$/;
const streamLine = /^\t(?:(Named data stream) "(.*)"|([A-Z][A-Za-z /]*stream)):$/;
const known = new Set(
  'Full Path,Short Name,Attributes,Security Descriptor,Creation Time,Last Write Time,Last Access Time,Reparse Tag,Reparse Reserved,Link Group ID,Link Count,UNIX Data,Object ID,Birth Volume ID,Birth Object ID,Domain ID,Hash,Uncompressed size,Compressed size,Offset in WIM,Part Number,Reference Count,Flags'.split(
    ',',
  ),
);

function unexpected(expected: string, line: string): Error {
  return windowsToolError('WINDOWS_TOOL_OUTPUT', {
    tool: 'wimlib-imagex dir',
    expected,
    line: line.slice(0, 200),
  });
}

function field(fields: Map<string, string>, name: string, pattern: RegExp): string {
  const value = fields.get(name);
  const match = value === undefined ? null : pattern.exec(value);
  if (match === null) throw unexpected(`a field "${name}"`, value ?? '');
  return match[1] ?? match[0];
}

const hex = (fields: Map<string, string>, name: string) => field(fields, name, /^0x([0-9a-f]+)$/i);

const sizeOf = (fields: Map<string, string>) => Number(field(fields, 'Uncompressed size', /^(\d+) bytes$/));

/** The digest of a stream; wimlib prints zeros where there are no bytes. */
function sha1Of(fields: Map<string, string>): string | undefined {
  const value = hex(fields, 'Hash');
  return /^0{40}$/.test(value) ? undefined : value;
}

function timeOf(fields: Map<string, string>, name: string): number {
  const text = field(fields, name, /^.+ UTC$/);
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw unexpected(`a time in "${name}"`, text);
  return milliseconds / 1000;
}

/** Digests of descriptors; an image has few distinct ones for very many paths. */
function descriptorDigests(): (value: string | undefined) => string | undefined {
  const digests = new Map<string, string>();
  return (value) => {
    if (value === undefined || value === '') return undefined;
    const digest = digests.get(value) ?? createHash('sha256').update(Buffer.from(value, 'hex')).digest('hex');
    digests.set(value, digest);
    return digest;
  };
}

function entryOf({ fields, streams }: RawEntry, digestOf: ReturnType<typeof descriptorDigests>) {
  const attributes = Number.parseInt(hex(fields, 'Attributes'), 16);
  const unnamed = streams.find(({ kind }) => kind === 'Unnamed data stream');
  const reparse = streams.find(({ kind }) => kind === 'Reparse point stream');
  const tag = fields.has('Reparse Tag') ? Number.parseInt(hex(fields, 'Reparse Tag'), 16) : undefined;
  return {
    path: field(fields, 'Full Path', /^"(\/.*)"$/),
    attributes,
    isDirectory: (attributes & directoryAttribute) !== 0,
    sizeBytes: unnamed === undefined ? 0 : sizeOf(unnamed.fields),
    sha1: unnamed === undefined ? undefined : sha1Of(unnamed.fields),
    streams: streams
      .filter(({ kind }) => kind === 'Named data stream')
      .map(({ name, fields: own }) => ({ name, sha1: sha1Of(own), sizeBytes: sizeOf(own) })),
    securityDescriptor: digestOf(fields.get('Security Descriptor')),
    shortName: fields.has('Short Name') ? field(fields, 'Short Name', /^"(.*)"$/) || undefined : undefined,
    groupId: hex(fields, 'Link Group ID'),
    linkCount: Number(field(fields, 'Link Count', /^\d+$/)),
    creationTime: timeOf(fields, 'Creation Time'),
    lastWriteTime: timeOf(fields, 'Last Write Time'),
    reparse:
      tag === undefined
        ? undefined
        : { tag, sha1: reparse === undefined ? undefined : sha1Of(reparse.fields) },
  };
}

/** Names link groups by their first path: the numbers differ between two captures of the same tree. */
function withLinkGroups(entries: readonly ReturnType<typeof entryOf>[]): readonly WimEntry[] {
  const first = new Map<string, string>();
  for (const { groupId, linkCount, path } of entries) {
    if (linkCount < 2) continue;
    const known = first.get(groupId);
    if (known === undefined || path < known) first.set(groupId, path);
  }
  return entries.map(({ groupId, ...entry }) => ({
    ...entry,
    linkGroup: entry.linkCount < 2 ? undefined : first.get(groupId),
  }));
}

/**
 * Reads a detailed listing line by line; `end` returns the entries in the listing's order. Unknown lines are
 * refused, since a field that is not understood could be a difference that goes unseen.
 *
 * @throws WINDOWS_TOOL_OUTPUT
 */
export function listingReader(): { line(line: string): void; end(): readonly WimEntry[] } {
  const digestOf = descriptorDigests();
  const entries: ReturnType<typeof entryOf>[] = [];
  let raw: RawEntry | undefined;
  const finish = () => {
    if (raw !== undefined) entries.push(entryOf(raw, digestOf));
    raw = undefined;
  };
  const addField = (entry: RawEntry, line: string) => {
    const [, name = '', value = ''] = fieldLine.exec(line) ?? [];
    const fields = entry.streams.at(-1)?.fields ?? entry.fields;
    if (!known.has(name) || fields.has(name)) throw unexpected('a known field once', line);
    fields.set(name, value.trim());
  };
  return {
    line(line) {
      if (/^-{20,}$/.test(line)) {
        finish();
        raw = { fields: new Map(), streams: [] };
        return;
      }
      if (raw === undefined) throw unexpected('a line of dashes first', line);
      const stream = streamLine.exec(line);
      if (stream !== null)
        raw.streams.push({ kind: stream[1] ?? stream[3] ?? '', name: stream[2] ?? '', fields: new Map() });
      else if (!/^ {4}\S+ is set$/.test(line) && line.trim() !== '') addField(raw, line);
    },
    end() {
      finish();
      return withLinkGroups(entries);
    },
  };
}
