import type { WimEntry } from '../formats/wim/listing.ts';
import type { ImageEntry } from './model.ts';

/** SHA-1 of no bytes; the format has no blob for an empty stream. */
const sha1OfNothing = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

/** A listing's path in the manifest's terms. A reparse point is a stream whose name tells its tag. */
function imageEntry(entry: WimEntry): ImageEntry {
  const { path, attributes, sizeBytes, securityDescriptor, shortName, linkGroup, reparse } = entry;
  const hasContent = !entry.isDirectory;
  const streams = streamsOf(entry);
  return {
    path,
    type: reparse !== undefined ? 'reparse' : entry.isDirectory ? 'directory' : 'file',
    attributes,
    ...(hasContent ? { sizeBytes, sha1: entry.sha1 ?? sha1OfNothing } : {}),
    ...(streams.length === 0 ? {} : { streams: Object.fromEntries(streams) }),
    ...(securityDescriptor === undefined ? {} : { securityDescriptor }),
    ...(shortName === undefined ? {} : { shortName }),
    ...(linkGroup === undefined ? {} : { linkedWith: linkGroup }),
    creationTime: entry.creationTime,
    lastWriteTime: entry.lastWriteTime,
  };
}

function streamsOf({ streams, reparse, isDirectory, sha1 }: WimEntry): [string, string][] {
  const named = streams.map((stream): [string, string] => [stream.name, stream.sha1 ?? sha1OfNothing]);
  const link: [string, string][] =
    reparse === undefined
      ? []
      : [[`:$REPARSE_POINT:0x${reparse.tag.toString(16)}`, reparse.sha1 ?? sha1OfNothing]];
  // A directory may carry data too; the manifest gives it no content of its own.
  const own: [string, string][] = isDirectory && sha1 !== undefined ? [['', sha1]] : [];
  return [...own, ...named, ...link].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An image's listing in the manifest's terms, sorted by path as a manifest is. */
export function imageEntries(listing: readonly WimEntry[]): ImageEntry[] {
  return listing.map(imageEntry).sort((a, b) => (a.path < b.path ? -1 : 1));
}
