import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import {
  type PackIndex,
  type PatchIndex,
  type PatchStream,
  packLimits,
  packMagic,
  patchStreams,
} from '@imprint/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildOddPackage, dpkgRoot } from '../../../edition/src/packs/fixture.ts';
import {
  type CanonicalPackage,
  type EncodedPack,
  encodePack,
  encodePatch,
  writeCanonicalDeb,
} from '../../../edition/src/packs/index.ts';
import { installedFiles } from './old-file.ts';
import { rebuildFromPatch } from './rebuild-patch.ts';
import { receive } from './receive.ts';
import { sha256 } from './sha256.ts';
import { fileSource, type PackSource } from './source.ts';

let directory: string;
let [from, to] = [] as unknown as [CanonicalPackage, CanonicalPackage];
let pack: EncodedPack<PackIndex>;
let patch: EncodedPack<PatchIndex>;
let canonical: Buffer;
let pristine: string;
let root: string;

const inside = (name: string) => join(directory, name);
const target = () => inside('rebuilt.deb');

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-patch-'));
  const old = buildOddPackage(directory, 1);
  from = await writeCanonicalDeb(old, inside('from.deb'));
  to = await writeCanonicalDeb(buildOddPackage(directory, 2), inside('to.deb'));
  canonical = readFileSync(to.file);
  pack = await encodePack(to, inside('packs'));
  patch = await encodePatch(from, to, pack, inside('patches'));
  const installed = dpkgRoot(inside('device'));
  installed.install(old);
  pristine = installed.root;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  root = inside('root');
  for (const name of [root, target(), inside('received')]) rmSync(name, { recursive: true, force: true });
  cpSync(pristine, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
});

async function* from0(bytes: Buffer, start: number, end: number) {
  for (let at = start; at < end; at += 4096) yield bytes.subarray(at, Math.min(end, at + 4096));
}
const served =
  (bytes: Buffer): PackSource =>
  (start, end) =>
    from0(bytes, start, Math.min(end, bytes.length));

const received = () => receive('patch', patch.reference, fileSource(patch.file), inside('received'));
const rebuild = async (source: PackSource | undefined = fileSource(pack.file)) =>
  rebuildFromPatch(await received(), installedFiles(root, from.package), source, target());

describe('a patch', () => {
  test('gives the canonical package from what dpkg installed, in one request, and dpkg installs it over that', async () => {
    const { requests } = await received();
    expect(requests).toBe(1);
    expect(await rebuild(undefined)).toEqual({ differed: [], requests: 0, bytes: 0 });
    expect(readFileSync(target()).equals(canonical)).toBe(true);
    const device = dpkgRoot(inside('upgraded'));
    device.install(from.file);
    device.install(target());
    const fresh = dpkgRoot(inside('fresh'));
    fresh.install(to.file);
    const listed = (at: string) =>
      execFileSync('dpkg-query', [`--admindir=${at}/var/lib/dpkg`, '-L', 'odd']).toString();
    expect(listed(device.root)).toBe(listed(fresh.root));
  });

  test('is far smaller than the pack, and holds what is new, not what moved or stayed', () => {
    expect(patch.reference.sizeBytes).toBeLessThan(pack.reference.sizeBytes / 10);
    const { extra, diff } = patch.index.streams;
    expect(extra[1]).toBeLessThan(60_000);
    expect(diff[1]).toBeGreaterThan(1_400_000);
  });

  test('looks inside what gzip -9n packed, and sends whole what it cannot pack again', () => {
    const steps = partsOf().steps as unknown[];
    const kinds = steps.flatMap((step) =>
      Array.isArray(step) && step.length === 6 ? [step.slice(0, 2)] : [],
    );
    expect(kinds).toEqual([['z', 'data/usr/share/doc/odd/NEWS.gz']]);
  });

  test('is the same for the same packages', async () => {
    const again = await encodePatch(from, to, pack, inside('again'));
    expect(again.reference).toEqual(patch.reference);
    expect(readFileSync(again.file).equals(readFileSync(patch.file))).toBe(true);
    expect(readdirSync(inside('again'))).toEqual([patch.reference.sha256]);
  });

  test('is made with the pack of the same package only', async () => {
    const other = await encodePack(from, inside('other'));
    await expect(encodePatch(from, to, other, inside('never'))).rejects.toMatchObject({
      code: 'PACK_NOT_OF_DEB',
    });
  });

  test('leaves nothing but the package', async () => {
    const before = readdirSync(directory);
    writeFileSync(`${target()}.part`, 'left by a power cut');
    writeFileSync(join(root, 'etc/odd/odd.conf'), 'edited\n');
    await rebuild();
    expect(readdirSync(directory).sort()).toEqual([...before, 'received', 'rebuilt.deb'].sort());
  });
});

describe('an installed file that is not the expected one', () => {
  test('a configuration file edited by hand costs one request and a frame', async () => {
    writeFileSync(join(root, 'etc/odd/odd.conf'), 'value = 7\n');
    const outcome = await rebuild();
    expect(outcome).toMatchObject({ differed: ['data/etc/odd/odd.conf'], requests: 1 });
    expect(outcome.bytes).toBe(pack.index.frames[0]?.[0]);
    expect(readFileSync(target()).equals(canonical)).toBe(true);
  });

  test('without a pack it is named', async () => {
    rmSync(join(root, 'usr/bin/odd'));
    await expect(
      rebuildFromPatch(await received(), installedFiles(root, from.package), undefined, target()),
    ).rejects.toMatchObject({
      code: 'AGENT_PATCH_NO_PACK',
      params: { count: 1, path: 'data/usr/bin/odd' },
    });
  });

  test('whichever files are changed, missing, or something else, the package comes out', async () => {
    const paths = (partsOf().steps as unknown[]).flatMap((step) =>
      Array.isArray(step) && step.length > 2
        ? [installedFiles(root, from.package)(String(step[1])).at(-1) ?? '']
        : [],
    );
    expect(paths.length).toBeGreaterThan(5);
    const harms: Readonly<Record<string, (file: string) => void>> = {
      changed: (file) => {
        const bytes = readFileSync(file);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      longer: (file) => writeFileSync(file, 'more', { flag: 'a' }),
      missing: (file) => rmSync(file),
      directory: (file) => {
        rmSync(file);
        mkdirSync(file);
      },
      link: (file) => {
        cpSync(file, `${file}.real`);
        rmSync(file);
        symlinkSync(`${file}.real`, file);
      },
      fifo: (file) => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
    };
    const one = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...Object.keys(harms)));
    const check = async (damage: readonly (readonly [string, string])[]) => {
      rmSync(root, { recursive: true, force: true });
      cpSync(pristine, root, { recursive: true, verbatimSymlinks: true });
      for (const [path, harm] of damage) harms[harm]?.(path);
      expect((await rebuild()).differed).toHaveLength(damage.length);
      expect(readFileSync(target()).equals(canonical)).toBe(true);
    };
    const set = fc.uniqueArray(one, { selector: ([path]) => path, maxLength: paths.length });
    await fc.assert(fc.asyncProperty(set, check), {
      numRuns: 15,
      examples: Object.keys(harms).map(
        (harm) => [[[join(root, 'usr/bin/odd'), harm]]] as [[string, string][]],
      ),
    });
  });

  test('a pack that is cut or changed on the way is refused, and what was fetched of it is used', async () => {
    rmSync(join(root, 'usr/bin/odd'));
    const bytes = readFileSync(pack.file);
    const [first = [0], second = [0]] = pack.index.frames;
    const cut = served(bytes.subarray(0, pack.reference.headBytes + first[0] + 10));
    await expect(rebuild(cut)).rejects.toMatchObject({ code: 'AGENT_PACK_INCOMPLETE' });
    const kept = statSync(`${target()}.frames`).size;
    expect(kept).toBe(first[0]);
    const changed = Buffer.from(bytes);
    changed[pack.reference.headBytes + first[0] + 10] =
      (changed[pack.reference.headBytes + first[0] + 10] ?? 0) ^ 1;
    await expect(rebuild(served(changed))).rejects.toMatchObject({ code: 'AGENT_PACK_FRAME_MISMATCH' });
    expect(await rebuild()).toMatchObject({ requests: 1, bytes: second[0] });
    expect(readFileSync(target()).equals(canonical)).toBe(true);
  });
});

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };

interface Parts {
  readonly steps: unknown;
  readonly streams: Readonly<Record<PatchStream, Buffer>>;
}

/** The patch taken apart. */
function partsOf(): Parts {
  const bytes = readFileSync(patch.file);
  let at = patch.reference.headBytes;
  const raw = patchStreams.map((name) => {
    const [stored, rawBytes] = patch.index.streams[name];
    at += stored;
    return [
      name,
      rawBytes === 0 ? Buffer.alloc(0) : brotliDecompressSync(bytes.subarray(at - stored, at)),
    ] as const;
  });
  const streams = Object.fromEntries(raw) as Parts['streams'];
  const { scriptBytes } = patch.index;
  const steps: unknown = JSON.parse(streams.plan.subarray(0, scriptBytes).toString());
  return { steps, streams: { ...streams, plan: streams.plan.subarray(scriptBytes) } };
}

/** The patch put together again and signed, whatever it holds now. */
async function signed(
  { steps, streams }: Parts,
  change: (index: PatchIndex) => PatchIndex = (index) => index,
) {
  const script = Buffer.from(typeof steps === 'string' ? steps : JSON.stringify(steps));
  const raw = { ...streams, plan: Buffer.concat([script, streams.plan]) };
  const stored = patchStreams.map((name) =>
    raw[name].length === 0 ? raw[name] : brotliCompressSync(raw[name], quick),
  );
  const sizes = Object.fromEntries(
    patchStreams.map((name, n) => [name, [stored[n]?.length ?? 0, raw[name].length]]),
  );
  const body = Buffer.concat(stored);
  const frames: [number, string][] = [];
  for (let at = 0; at < body.length; at += 65_536) {
    const frame = body.subarray(at, at + 65_536);
    frames.push([frame.length, sha256(frame)]);
  }
  const index = change({
    ...patch.index,
    scriptBytes: script.length,
    streams: sizes as PatchIndex['streams'],
    frames,
  });
  const packed = brotliCompressSync(Buffer.from(JSON.stringify(index)));
  const preamble = Buffer.alloc(packLimits.preamble);
  preamble.write(packMagic.patch, 'latin1');
  preamble.writeUInt32LE(packed.length, 8);
  const head = Buffer.concat([preamble, packed]);
  const whole = Buffer.concat([head, body]);
  const reference = {
    ...patch.reference,
    sha256: sha256(head),
    headBytes: head.length,
    sizeBytes: whole.length,
  };
  const got = await receive('patch', reference, served(whole), inside('received'));
  return rebuildFromPatch(got, installedFiles(root, from.package), fileSource(pack.file), target());
}

describe('a patch that was signed and is wrong is refused, and leaves no package:', () => {
  const refused = async (work: Promise<unknown>, code: string) => {
    const before = readdirSync(directory);
    await expect(work).rejects.toMatchObject({ code });
    expect(readdirSync(directory).filter((name) => name !== 'received' && !before.includes(name))).toEqual(
      [],
    );
  };
  const malformed = (work: Promise<unknown>) => refused(work, 'AGENT_PATCH_MALFORMED');
  const steps = () => partsOf().steps as unknown[];

  test('taken apart and put together unchanged it is right', async () => {
    expect((await signed(partsOf())).differed).toEqual([]);
    expect(readFileSync(target()).equals(canonical)).toBe(true);
  });

  test.each<[string, (steps: unknown[]) => unknown]>([
    ['no JSON', () => '['],
    ['no array', () => ({})],
    ['bytes too few', (all) => all.slice(1)],
    ['bytes too many', (all) => [...all, 1]],
    ['a negative count', (all) => [-1, ...all]],
    ['a step it does not know', (all) => [...all, ['x', 0]]],
    ['a step cut short', (all) => [...all, ['s', 'data/x', 0]]],
    ['a digest that is none', (all) => [...all, ['s', 'data/x', 0, '..']]],
    ['a path out of the tree', (all) => [...all, ['s', 'data/../../etc/shadow', 0, '0'.repeat(16)]]],
    ['an absolute path', (all) => [...all, ['s', 'data//etc/shadow', 0, '0'.repeat(16)]]],
    [
      'a gzipped file that unpacks to too much',
      (all) => [...all, ['z', 'data/x', 1, '0'.repeat(16), 0, 2 ** 25]],
    ],
    ['a path of no archive', (all) => [...all, ['s', 'etc/shadow', 0, '0'.repeat(16)]]],
    [
      'a control member that is a path',
      (all) => [...all, ['s', 'control/../../../../etc/shadow', 0, '0'.repeat(16)]],
    ],
  ])('a script with %s', async (_what, change) => {
    const parts = partsOf();
    await malformed(signed({ ...parts, steps: change(steps()) }));
  });

  test('triples that leave the installed file, or do not end, or are no numbers', async () => {
    const parts = partsOf();
    const withControl = (control: Buffer) => signed({ ...parts, streams: { ...parts.streams, control } });
    const seekFar = [0, 0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0];
    await malformed(withControl(Buffer.from([...seekFar, ...parts.streams.control])));
    await malformed(withControl(Buffer.alloc(100_000)));
    await malformed(withControl(Buffer.alloc(100_000, 0xff)));
  });

  test('streams shorter or longer than said, or that do not unpack', async () => {
    const parts = partsOf();
    for (const name of patchStreams) {
      const stream = parts.streams[name];
      const short = { ...parts.streams, [name]: stream.subarray(0, -1) };
      const long = { ...parts.streams, [name]: Buffer.concat([stream, Buffer.from([0])]) };
      await refused(signed({ ...parts, streams: short }), 'AGENT_PACK_UNREADABLE');
      await refused(signed({ ...parts, streams: long }), 'AGENT_PACK_UNREADABLE');
    }
    const lie = (index: PatchIndex): PatchIndex => ({
      ...index,
      streams: { ...index.streams, diff: [index.streams.diff[0], index.streams.diff[1] - 1] },
    });
    await refused(signed(parts, lie), 'AGENT_PACK_UNREADABLE');
    const shifted = (index: PatchIndex): PatchIndex => {
      const { plan, control, diff, extra } = index.streams;
      return {
        ...index,
        streams: { plan, control: [control[0] - 1, control[1]], diff: [diff[0] + 1, diff[1]], extra },
      };
    };
    await refused(signed(parts, shifted), 'AGENT_PACK_UNREADABLE');
  });

  test('an index that contradicts itself', async () => {
    const changes: readonly ((index: PatchIndex) => PatchIndex)[] = [
      (index) => ({ ...index, scriptBytes: packLimits.script + 1 }),
      (index) => ({ ...index, frames: index.frames.slice(1) }),
      (index) => ({ ...index, pack: { ...index.pack, frames: index.pack.frames.slice(1) } }),
      (index) => ({ ...index, from: { ...index.from, name: '../../etc' } }),
      (index) => ({ ...index, streams: { ...index.streams, extra: [0, 0] } }),
      ({ streams: _streams, ...index }) => index as PatchIndex,
    ];
    for (const change of changes) await refused(signed(partsOf(), change), 'AGENT_PACK_MALFORMED');
  });

  test('other content than the signed package', async () => {
    const parts = partsOf();
    const changes = patchStreams
      .filter((name) => name !== 'control')
      .map((name) => {
        const bytes = Buffer.from(parts.streams[name]);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        return { ...parts, streams: { ...parts.streams, [name]: bytes } };
      });
    for (const change of changes) await refused(signed(change), 'AGENT_PACK_RESULT_MISMATCH');
  });

  test('an installed file that passes for another', async () => {
    const file = join(root, 'usr/lib/odd/block');
    writeFileSync(file, 'c'.repeat(512));
    const forged = steps().map((step) =>
      Array.isArray(step) && step[1] === 'data/usr/lib/odd/block'
        ? ['s', step[1], 512, sha256(readFileSync(file)).slice(0, 16)]
        : step,
    );
    await refused(signed({ ...partsOf(), steps: forged }), 'AGENT_PACK_RESULT_MISMATCH');
  });
});
