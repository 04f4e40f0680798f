import { brotliDecompressSync } from 'node:zlib';
import {
  type PackFrame,
  type PackIndex,
  type PackKind,
  type PackReference,
  type PatchIndex,
  packLimits,
  packMagic,
  patchStreams,
} from '@imprint/protocol';
import { isRecord, parseJson } from '../state/json.ts';
import { packError } from './errors.ts';
import { sha256 } from './sha256.ts';

export interface Indexes {
  readonly pack: PackIndex;
  readonly patch: PatchIndex;
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= packLimits.deb;
const isDigest = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1024;

const isFrame = (value: unknown): value is PackFrame =>
  Array.isArray(value) &&
  value.length === 2 &&
  isSize(value[0]) &&
  value[0] > 0 &&
  value[0] <= packLimits.frame &&
  isDigest(value[1]);
const areFrames = (value: unknown): value is PackFrame[] => Array.isArray(value) && value.every(isFrame);
const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isSize);

/** What a package's name may be made of, so that it names a file and nothing else. Source: Debian Policy 5.6.1. */
const isPackage = (value: unknown): boolean =>
  isRecord(value) &&
  /^[a-z0-9][a-z0-9+.-]{1,200}$/.test(String(value.name)) &&
  isText(value.version) &&
  /^[a-z0-9][a-z0-9-]{1,60}$/.test(String(value.architecture));

const isDeb = (value: unknown): value is PackReference['deb'] =>
  isRecord(value) && isDigest(value.sha256) && isSize(value.sizeBytes);
const rawFrames = (sizeBytes: number) => Math.ceil(sizeBytes / packLimits.rawFrame);

function problemOf(kind: PackKind, index: unknown): string | undefined {
  if (!isRecord(index) || !isPackage(index.package)) return 'an index that names a package';
  if (!isDeb(index.deb)) return 'a canonical package by digest and size';
  if (!areFrames(index.frames)) return `frames of 1 to ${packLimits.frame} bytes with their sha256`;
  if (kind === 'pack')
    return index.frames.length === rawFrames(index.deb.sizeBytes) ? undefined : 'a frame for each MiB';
  if (!isPackage(index.from)) return 'the package it is made for';
  const { streams, pack } = index;
  if (!isRecord(streams) || !patchStreams.every((name) => isPair(streams[name])))
    return `the streams ${patchStreams.join(', ')}`;
  if (!isSize(index.scriptBytes) || index.scriptBytes > packLimits.script)
    return `a script of at most ${packLimits.script} bytes`;
  if (!isRecord(pack) || !isDigest(pack.sha256) || !isSize(pack.headBytes) || !areFrames(pack.frames))
    return 'the pack it falls back to';
  return pack.frames.length === rawFrames(index.deb.sizeBytes) ? undefined : 'a pack of the same package';
}

const totalOf = (frames: readonly PackFrame[]) => frames.reduce((sum, [sizeBytes]) => sum + sizeBytes, 0);

/** Every stored byte belongs to a stream, and the sizes are those that were signed. */
function checkSizes(kind: PackKind, index: PackIndex | PatchIndex, reference: PackReference): void {
  const refuse = (expected: string) => packError('AGENT_PACK_MALFORMED', { kind, expected });
  const stored = totalOf(index.frames);
  if (reference.headBytes + stored !== reference.sizeBytes)
    throw refuse(`${reference.sizeBytes} bytes in all`);
  if (index.deb.sha256 !== reference.deb.sha256 || index.deb.sizeBytes !== reference.deb.sizeBytes)
    throw refuse(`one of the package ${reference.deb.sha256}`);
  if (!('streams' in index)) return;
  const streams = patchStreams.reduce((sum, name) => sum + index.streams[name][0], 0);
  if (streams !== stored) throw refuse('streams that fill the frames');
}

/** How long a head may be, and must be to hold anything. */
export function checkHeadBytes(kind: PackKind, { headBytes }: PackReference): void {
  if (headBytes > packLimits.preamble && headBytes <= packLimits.preamble + packLimits.compressedIndex)
    return;
  throw packError('AGENT_PACK_MALFORMED', {
    kind,
    expected: `a head of at most ${packLimits.preamble + packLimits.compressedIndex} bytes`,
  });
}

function unpackIndex(kind: PackKind, packed: Uint8Array): unknown {
  try {
    return parseJson(brotliDecompressSync(packed, { maxOutputLength: packLimits.index }));
  } catch (cause) {
    throw packError('AGENT_PACK_MALFORMED', { kind, expected: 'an index in brotli' }, { cause });
  }
}

/**
 * Reads the index out of a head, after its digest was compared with the signed one.
 * @throws AGENT_PACK_HEAD_MISMATCH, AGENT_PACK_MALFORMED
 */
export function readHead<Kind extends PackKind>(
  kind: Kind,
  reference: PackReference,
  head: Buffer,
): Indexes[Kind] {
  const got = sha256(head);
  if (got !== reference.sha256)
    throw packError('AGENT_PACK_HEAD_MISMATCH', { kind, expected: reference.sha256, got });
  const magic = packMagic[kind];
  const isOurs =
    head.toString('latin1', 0, magic.length) === magic &&
    head.readUInt32LE(magic.length) === head.length - packLimits.preamble;
  if (!isOurs)
    throw packError('AGENT_PACK_MALFORMED', { kind, expected: `a head that begins with ${magic}` });
  const index = unpackIndex(kind, head.subarray(packLimits.preamble));
  const problem = problemOf(kind, index);
  if (problem !== undefined) throw packError('AGENT_PACK_MALFORMED', { kind, expected: problem });
  checkSizes(kind, index as Indexes[Kind], reference);
  return index as Indexes[Kind];
}
