import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dpkgRoot } from '../../../edition/src/packs/fixture.ts';
import { encodePack, encodePatch } from '../../../edition/src/packs/index.ts';
import { partsOf, served, usePatchLab } from '../testing/patch-lab.ts';
import { installedFiles } from './old-file.ts';
import { rebuildFromPatch } from './rebuild-patch.ts';
import { receive } from './receive.ts';
import { fileSource, type PackSource } from './source.ts';

const { lab, inside, freshRoot } = usePatchLab();
const target = () => inside('rebuilt.deb');
const root = inside('root');

const received = () =>
  receive('patch', lab().patch.reference, fileSource(lab().patch.file), inside('received'));
const rebuild = async (source: PackSource | undefined = fileSource(lab().pack.file)) =>
  rebuildFromPatch(await received(), installedFiles(root, lab().from.package), source, target());

describe('a patch', () => {
  test('gives the canonical package from what dpkg installed, in one request, and dpkg installs it over that', async () => {
    const { requests } = await received();
    expect(requests).toBe(1);
    expect(await rebuild(undefined)).toEqual({ differed: [], requests: 0, bytes: 0 });
    expect(readFileSync(target()).equals(lab().canonical)).toBe(true);
    const device = dpkgRoot(inside('upgraded'));
    device.install(lab().from.file);
    device.install(target());
    const fresh = dpkgRoot(inside('fresh'));
    fresh.install(lab().to.file);
    const listed = (at: string) =>
      execFileSync('dpkg-query', [`--admindir=${at}/var/lib/dpkg`, '-L', 'odd']).toString();
    expect(listed(device.root)).toBe(listed(fresh.root));
  });

  test('is far smaller than the pack, and holds what is new, not what moved or stayed', () => {
    expect(lab().patch.reference.sizeBytes).toBeLessThan(lab().pack.reference.sizeBytes / 10);
    const { extra, diff } = lab().patch.index.streams;
    expect(extra[1]).toBeLessThan(60_000);
    expect(diff[1]).toBeGreaterThan(1_400_000);
  });

  test('looks inside what gzip -9n packed, and sends whole what it cannot pack again', () => {
    const steps = partsOf(lab().patch).steps as unknown[];
    const kinds = steps.flatMap((step) =>
      Array.isArray(step) && step.length === 6 ? [step.slice(0, 2)] : [],
    );
    expect(kinds).toEqual([['z', 'data/usr/share/doc/odd/NEWS.gz']]);
  });

  test('is the same for the same packages', async () => {
    const again = await encodePatch(lab().from, lab().to, lab().pack, inside('again'));
    expect(again.reference).toEqual(lab().patch.reference);
    expect(readFileSync(again.file).equals(readFileSync(lab().patch.file))).toBe(true);
    expect(readdirSync(inside('again'))).toEqual([lab().patch.reference.sha256]);
  });

  test('is made with the pack of the same package only', async () => {
    const other = await encodePack(lab().from, inside('other'));
    await expect(encodePatch(lab().from, lab().to, other, inside('never'))).rejects.toMatchObject({
      code: 'PACK_NOT_OF_DEB',
    });
  });

  test('leaves nothing but the package', async () => {
    const before = readdirSync(lab().directory);
    writeFileSync(`${target()}.part`, 'left by a power cut');
    writeFileSync(join(root, 'etc/odd/odd.conf'), 'edited\n');
    await rebuild();
    expect(readdirSync(lab().directory).sort()).toEqual([...before, 'received', 'rebuilt.deb'].sort());
  });
});

describe('an installed file that is not the expected one', () => {
  test('a configuration file edited by hand costs one request and a frame', async () => {
    writeFileSync(join(root, 'etc/odd/odd.conf'), 'value = 7\n');
    const outcome = await rebuild();
    expect(outcome).toMatchObject({ differed: ['data/etc/odd/odd.conf'], requests: 1 });
    expect(outcome.bytes).toBe(lab().pack.index.frames[0]?.[0]);
    expect(readFileSync(target()).equals(lab().canonical)).toBe(true);
  });

  test('without a pack it is named', async () => {
    rmSync(join(root, 'usr/bin/odd'));
    await expect(
      rebuildFromPatch(await received(), installedFiles(root, lab().from.package), undefined, target()),
    ).rejects.toMatchObject({
      code: 'AGENT_PATCH_NO_PACK',
      params: { count: 1, path: 'data/usr/bin/odd' },
    });
  });

  test('whichever files are changed, missing, or something else, the package comes out', async () => {
    const paths = (partsOf(lab().patch).steps as unknown[]).flatMap((step) =>
      Array.isArray(step) && step.length > 2
        ? [installedFiles(root, lab().from.package)(String(step[1])).at(-1) ?? '']
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
      freshRoot();
      for (const [path, harm] of damage) harms[harm]?.(path);
      expect((await rebuild()).differed).toHaveLength(damage.length);
      expect(readFileSync(target()).equals(lab().canonical)).toBe(true);
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
    const bytes = readFileSync(lab().pack.file);
    const [first = [0], second = [0]] = lab().pack.index.frames;
    const cut = served(bytes.subarray(0, lab().pack.reference.headBytes + first[0] + 10));
    await expect(rebuild(cut)).rejects.toMatchObject({ code: 'AGENT_PACK_INCOMPLETE' });
    const kept = statSync(`${target()}.frames`).size;
    expect(kept).toBe(first[0]);
    const changed = Buffer.from(bytes);
    changed[lab().pack.reference.headBytes + first[0] + 10] =
      (changed[lab().pack.reference.headBytes + first[0] + 10] ?? 0) ^ 1;
    await expect(rebuild(served(changed))).rejects.toMatchObject({ code: 'AGENT_PACK_FRAME_MISMATCH' });
    expect(await rebuild()).toMatchObject({ requests: 1, bytes: second[0] });
    expect(readFileSync(target()).equals(lab().canonical)).toBe(true);
  });
});
