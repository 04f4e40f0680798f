import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskIdentities } from '../../plan/identities.ts';
import { runTool, runToolText } from '../../tools/run-tool.ts';
import { patchBootCode, patchCore } from './bios-boot.ts';
import { grubConfig } from './boot-config.ts';
import { fat32Volume } from './fat32.ts';
import { guidBytes, guidPartitionTable, partitionTypes } from './gpt.ts';
import { diskLayout, rootSizeBytes } from './layout.ts';
import { honoursSourceDateEpoch, usedInodes } from './reset-times.ts';

const ids = diskIdentities({ edition: 'gov-base' });
const mebibyte = 1024 * 1024;
const layout = diskLayout(8 * mebibyte);
let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'imprint-disk-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function table() {
  return guidPartitionTable(ids.diskUuid, layout.sizeBytes, [
    { type: partitionTypes.biosBoot, uuid: ids.biosPartitionUuid, name: 'bios', extent: layout.bios },
    { type: partitionTypes.esp, uuid: ids.espPartitionUuid, name: 'esp', extent: layout.esp },
    { type: partitionTypes.rootX8664, uuid: ids.rootPartitionUuid, name: 'root', extent: layout.root },
  ]);
}

test('a GUID is stored with its first three fields turned around', () => {
  expect(guidBytes('00112233-4455-6677-8899-aabbccddeeff').toString('hex')).toBe(
    '33221100554477668899aabbccddeeff',
  );
});

test('sgdisk and sfdisk find the partition table sound and as meant', async () => {
  const path = join(place, 'disk.img');
  const { head, tail } = table();
  writeFileSync(path, head);
  truncateSync(path, layout.sizeBytes);
  writeSync(openSync(path, 'r+'), tail, 0, tail.length, layout.sizeBytes - tail.length);
  expect(await runToolText(['sgdisk', '--verify', path])).toContain('No problems found');
  const dump = JSON.parse(await runToolText(['sfdisk', '--json', path])) as {
    partitiontable: { id: string; partitions: { start: number; type: string; uuid: string; name: string }[] };
  };
  expect(dump.partitiontable.id.toLowerCase()).toBe(ids.diskUuid);
  expect(
    dump.partitiontable.partitions.map(({ start, type, uuid, name }) => [
      start,
      type.toLowerCase(),
      uuid.toLowerCase(),
      name,
    ]),
  ).toEqual([
    [2048, partitionTypes.biosBoot, ids.biosPartitionUuid, 'bios'],
    [4096, partitionTypes.esp, ids.espPartitionUuid, 'esp'],
    [86016, partitionTypes.rootX8664, ids.rootPartitionUuid, 'root'],
  ]);
});

test('fsck.fat finds the ESP sound and mtools reads its files back', async () => {
  const large = Buffer.alloc(700_000, 'shim');
  const content = {
    EFI: {
      BOOT: { 'BOOTX64.EFI': large, 'EMPTY.TXT': Buffer.alloc(0) },
      DEBIAN: { 'GRUB.CFG': Buffer.from('set timeout=0\n') },
    },
  };
  const options = {
    sizeBytes: layout.esp.sizeBytes,
    hiddenSectors: 4096,
    serial: 'ABCD1234',
    label: 'ESP',
    epoch: 1_700_000_000,
  };
  const path = join(place, 'esp.img');
  writeFileSync(path, fat32Volume(content, options));
  truncateSync(path, layout.esp.sizeBytes);
  expect((await runTool(['fsck.fat', '-n', path])).stdout.toString()).toMatch(
    /7 files, \d+\/\d+ clusters\n$/,
  );
  expect(await runToolText(['mtype', '-i', path, '::EFI/DEBIAN/GRUB.CFG'])).toBe('set timeout=0\n');
  await runTool(['mcopy', '-i', path, '::EFI/BOOT/BOOTX64.EFI', join(place, 'back.efi')]);
  expect(readFileSync(join(place, 'back.efi')).equals(large)).toBe(true);
  expect(await runToolText(['mdir', '-i', path, '::'])).toContain('ABCD-1234');
  expect(fat32Volume(content, options).equals(fat32Volume(content, options))).toBe(true);
});

test('a volume too small for FAT32 and a long name are refused', () => {
  const options = { sizeBytes: 4 * mebibyte, hiddenSectors: 0, serial: '0', label: 'X', epoch: 0 };
  expect(() => fat32Volume({}, options)).toThrow(RangeError);
  expect(() =>
    fat32Volume({ 'too-long-a-name': Buffer.from('x') }, { ...options, sizeBytes: 40 * mebibyte }),
  ).toThrow(TypeError);
});

test('the boot code leads to the core and the core to its rest', () => {
  const code = patchBootCode(Buffer.alloc(512, 0xff), 2048);
  expect(code).toHaveLength(440);
  expect(code.readBigUInt64LE(0x5c)).toBe(2048n);
  expect(patchCore(Buffer.alloc(1024), 2048).readBigUInt64LE(0x1f4)).toBe(2049n);
});

test('the root has room for the tree and the partitions do not overlap', () => {
  const entries = [
    { path: '/', type: 'directory' as const, mode: 0o755, uid: 0, gid: 0 },
    { path: '/a', type: 'file' as const, mode: 0o644, uid: 0, gid: 0, sizeBytes: 900 * mebibyte },
  ];
  expect(rootSizeBytes(entries)).toBeGreaterThan(960 * mebibyte);
  expect(layout.esp.startBytes).toBe(layout.bios.startBytes + layout.bios.sizeBytes);
  expect(layout.root.startBytes).toBe(layout.esp.startBytes + layout.esp.sizeBytes);
});

test('the boot menu names the root by its own identity, and its title cannot end the string', () => {
  const text = grubConfig({
    title: "a' } evil",
    rootFilesystemUuid: ids.rootFilesystemUuid,
    espSerial: ids.espSerial,
    consoles: ['tty0', 'ttyS0,115200'],
  });
  expect(text).toContain("menuentry 'a } evil' {");
  expect(text).toContain(`root=UUID=${ids.rootFilesystemUuid} ro panic=60 console=tty0 console=ttyS0,115200`);
});

test('old e2fsprogs are told from those that keep the lock’s date themselves', () => {
  expect(honoursSourceDateEpoch('mke2fs 1.47.0 (5-Feb-2023)')).toBe(false);
  expect(honoursSourceDateEpoch('mke2fs 1.47.2 (1-Jan-2025)')).toBe(true);
  expect(honoursSourceDateEpoch('mke2fs 1.48 (1-Jan-2027)')).toBe(true);
});

test('hard links share one inode', () => {
  const entry = (path: string, hardlinks?: string) => ({
    path,
    type: 'file' as const,
    mode: 0,
    uid: 0,
    gid: 0,
    ...(hardlinks === undefined ? {} : { hardlinks }),
  });
  expect(usedInodes([entry('/'), entry('/a', '/a'), entry('/b', '/a')])).toBe(12);
});
