import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { type PatchIndex, packLimits, packMagic, patchStreams } from '@imprint/protocol';
import { describe, expect, test } from 'vitest';
import { type PatchParts, partsOf, served, usePatchLab } from '../testing/patch-lab.ts';
import { installedFiles } from './old-file.ts';
import { rebuildFromPatch } from './rebuild-patch.ts';
import { receive } from './receive.ts';
import { sha256 } from './sha256.ts';
import { fileSource } from './source.ts';

const { lab, inside } = usePatchLab();
const target = () => inside('rebuilt.deb');
const root = inside('root');
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };

/** The patch put together again and signed, whatever it holds now. */
async function signed(
  { steps, streams }: PatchParts,
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
    ...lab().patch.index,
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
    ...lab().patch.reference,
    sha256: sha256(head),
    headBytes: head.length,
    sizeBytes: whole.length,
  };
  const got = await receive('patch', reference, served(whole), inside('received'));
  return rebuildFromPatch(
    got,
    installedFiles(root, lab().from.package),
    fileSource(lab().pack.file),
    target(),
  );
}

describe('a patch that was signed and is wrong is refused, and leaves no package:', () => {
  const refused = async (work: Promise<unknown>, code: string) => {
    const before = readdirSync(lab().directory);
    await expect(work).rejects.toMatchObject({ code });
    expect(
      readdirSync(lab().directory).filter((name) => name !== 'received' && !before.includes(name)),
    ).toEqual([]);
  };
  const malformed = (work: Promise<unknown>) => refused(work, 'AGENT_PATCH_MALFORMED');
  const steps = () => partsOf(lab().patch).steps as unknown[];

  test('taken apart and put together unchanged it is right', async () => {
    expect((await signed(partsOf(lab().patch))).differed).toEqual([]);
    expect(readFileSync(target()).equals(lab().canonical)).toBe(true);
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
    const parts = partsOf(lab().patch);
    await malformed(signed({ ...parts, steps: change(steps()) }));
  });

  test('triples that leave the installed file, or do not end, or are no numbers', async () => {
    const parts = partsOf(lab().patch);
    const withControl = (control: Buffer) => signed({ ...parts, streams: { ...parts.streams, control } });
    const seekFar = [0, 0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0];
    await malformed(withControl(Buffer.from([...seekFar, ...parts.streams.control])));
    await malformed(withControl(Buffer.alloc(100_000)));
    await malformed(withControl(Buffer.alloc(100_000, 0xff)));
  });

  test('streams shorter or longer than said, or that do not unpack', async () => {
    const parts = partsOf(lab().patch);
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
    for (const change of changes) await refused(signed(partsOf(lab().patch), change), 'AGENT_PACK_MALFORMED');
  });

  test('other content than the signed package', async () => {
    const parts = partsOf(lab().patch);
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
    await refused(signed({ ...partsOf(lab().patch), steps: forged }), 'AGENT_PACK_RESULT_MISMATCH');
  });
});
