import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EncodedPack, encodePack, encodePatch, writeCanonicalDeb } from '@imprint/edition';
import type { PatchIndex } from '@imprint/protocol';
import type { DecodeJob, DecodeResult } from './packs-decode.ts';
import { fetchKernelPair, fetchPair, type Pair, pairNames, unpackInstalled } from './packs-pairs.ts';
import { casync, debdelta, type PeerResult, xdelta, zstdPatch } from './packs-peers.ts';
import type { Figures } from './table.ts';

interface PairResult {
  readonly pair: Pair;
  readonly debBytes: number;
  readonly packBytes: number;
  readonly patch: EncodedPack<PatchIndex>;
  readonly root: string;
  /** By the peer's name; a peer that was not run has none. */
  readonly peers: ReadonlyMap<string, PeerResult>;
}

async function encode(pair: Pair, work: string) {
  const from = await writeCanonicalDeb(pair.before, join(work, 'before.deb'));
  const to = await writeCanonicalDeb(pair.after, join(work, 'after.deb'));
  const pack = await encodePack(to, join(work, 'pack'));
  return { from, to, pack, patch: await encodePatch(from, to, pack, join(work, 'patch')) };
}

type Peer = (files: Files) => Promise<PeerResult>;
interface Files {
  readonly pair: Pair;
  /** Canonical packages. */
  readonly from: string;
  readonly to: string;
  readonly root: string;
  readonly newRoot: string;
  readonly work: string;
}

const everyPeer: Readonly<Record<string, Peer>> = {
  zstd: ({ from, to, work }) => zstdPatch(from, to, work),
  xdelta3: ({ from, to, work }) => xdelta(from, to, work),
  debdelta: ({ pair, work }) => debdelta(pair.before, pair.after, work),
  casync: ({ root, newRoot, work }) => casync(root, newRoot, work),
};

async function measurePair(pair: Pair, work: string, peerNames: readonly string[]): Promise<PairResult> {
  mkdirSync(work, { recursive: true });
  const { from, to, pack, patch } = await encode(pair, work);
  const [root, newRoot] = [join(work, 'root'), join(work, 'new-root')];
  unpackInstalled(pair.before, root);
  execFileSync('dpkg-deb', ['--extract', pair.after, newRoot]);
  const peers = new Map<string, PeerResult>();
  for (const name of peerNames) {
    const result = await everyPeer[name]?.({ pair, from: from.file, to: to.file, root, newRoot, work });
    if (result !== undefined) peers.set(name, result);
  }
  for (const file of [from.file, to.file, newRoot]) rmSync(file, { recursive: true });
  const [debBytes, packBytes] = [statSync(pair.after).size, pack.reference.sizeBytes];
  const result = { pair, debBytes, packBytes, patch, root, peers };
  process.stderr.write(`bench: ${rowOf(result).join(' | ')}\n`);
  return result;
}

function decodeAll(results: readonly PairResult[], work: string): DecodeResult {
  const patches = results.map(({ patch, root }) => ({
    file: patch.file,
    reference: patch.reference,
    from: patch.index.from,
    root,
  }));
  const job: DecodeJob = { patches, work };
  const file = join(work, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const program = join(import.meta.dirname, 'packs-decode.ts');
  return JSON.parse(execFileSync(process.execPath, [program, file], { encoding: 'utf8' })) as DecodeResult;
}

const peerNames = ['zstd', 'xdelta3', 'debdelta', 'casync'] as const;
const head = ['', '.deb KB', 'pack', 'patch', ...peerNames, 'requests, casync'];
const kilobytes = (bytes: number) => (bytes / 1000).toFixed(bytes < 1e5 ? 1 : 0);
const ratio = (value: number, base: number) => `${(value / base).toFixed(3)}x`;

function rowOf({ pair, debBytes, packBytes, patch, peers }: PairResult): string[] {
  const of = (bytes: number | undefined) => (bytes === undefined ? '–' : ratio(bytes, debBytes));
  return [
    `${pair.name} ${pair.versions.join(' → ')}`,
    kilobytes(debBytes),
    of(packBytes),
    of(patch.reference.sizeBytes),
    ...peerNames.map((name) => of(peers.get(name)?.bytes)),
    String(peers.get('casync')?.requests ?? '–'),
  ];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function totalRow(name: string, results: readonly PairResult[]): string[] {
  const debs = sum(results.map(({ debBytes }) => debBytes));
  const peer = (wanted: string) => {
    const found = results.flatMap(({ peers }) => peers.get(wanted) ?? []);
    return found.length < results.length ? '–' : ratio(sum(found.map(({ bytes }) => bytes)), debs);
  };
  return [
    name,
    kilobytes(debs),
    ratio(sum(results.map(({ packBytes }) => packBytes)), debs),
    ratio(sum(results.map(({ patch }) => patch.reference.sizeBytes)), debs),
    ...peerNames.map(peer),
    String(sum(results.map(({ peers }) => peers.get('casync')?.requests ?? 0))),
  ];
}

function decodeText({ cpu, rawBytes, peakBytes, requests }: DecodeResult, count: number): string {
  const speed = (rawBytes / 1e6 / cpu).toFixed(0);
  const peak = (peakBytes / 1e6).toFixed(0);
  return `Decoding: ${(rawBytes / 1e6).toFixed(0)} MB of canonical packages at ${speed} MB for each CPU second, at most ${peak} MB of memory, ${requests} requests for ${count} packages.`;
}

const note = [
  'Bytes over the wire against the whole `.deb` as Debian compresses it, in the same run. The patch is read against the',
  'installed files and gives the canonical package; zstd (-19 --patch-from), xdelta3 (-9, LZMA) and debdelta need the old',
  '`.deb` itself, or make it again; casync is the chunks of the unpacked tree that the old tree lacks.',
].join(' ');

async function inWork<T>(measure: (work: string) => Promise<T>): Promise<T> {
  const work = mkdtempSync(join(tmpdir(), 'imprint-bench-packs-'));
  try {
    return await measure(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Real packages of the archive and their successors. */
export const packsSection = (): Promise<Figures> =>
  inWork(async (work) => {
    const results: PairResult[] = [];
    for (const name of pairNames)
      results.push(
        await measurePair(fetchPair(name, join(work, 'debs')), join(work, 'made', name), peerNames),
      );
    const decoded = decodeText(decodeAll(results, work), results.length);
    const rows = [...results.map(rowOf), totalRow('**all**', results)];
    return { title: 'Packs and patches', note: `${note} ${decoded}`, head, rows };
  });

/** One kernel with another ABI, every module renamed. The peers that need many minutes for it are left out. */
export const kernelPackSection = (): Promise<Figures> =>
  inWork(async (work) => {
    const kernel = await measurePair(fetchKernelPair(join(work, 'debs')), join(work, 'made'), ['casync']);
    const decoded = decodeText(decodeAll([kernel], work), 1);
    return {
      title: 'Packs and patches, a kernel',
      note: `As above. ${decoded}`,
      head,
      rows: [rowOf(kernel)],
    };
  });
