import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linuxHardware } from './linux-hardware.ts';
import { classOfChassis, isVirtualMachine, realNumber } from './machine.ts';
import { hardwareOfSigns } from './windows/hardware.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'imprint-hardware-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

const dmi = (values: Readonly<Record<string, string>>) =>
  put(
    Object.fromEntries(
      Object.entries(values).map(([name, text]) => [`sys/class/dmi/id/${name}`, `${text}\n`]),
    ),
  );

const nvme = 'sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/nvme0n1';
const rootOn = (number: string) =>
  put({
    'proc/self/mountinfo': `27 1 ${number} / / rw - ext4 /dev/root rw\n30 27 0:25 / /proc rw - proc proc rw\n`,
  });

function laptop(): void {
  dmi({
    sys_vendor: 'Maker',
    product_name: 'Model 5',
    board_serial: 'PF1ABC23',
    product_uuid: '4C4C4544-0042-3510-8052-B4C04F564433',
    chassis_type: '10',
  });
  put({
    'proc/cpuinfo':
      'processor\t: 0\nmodel name\t: Example CPU 9\nphysical id\t: 0\nflags\t: fpu\n\nphysical id\t: 0\n',
    'proc/meminfo': 'MemTotal:       16125892 kB\n',
    [`${nvme}/wwid`]: 'eui.0025388b91b2c3d4\n',
    [`${nvme}/removable`]: '0\n',
    [`${nvme}/nvme0n1p2/partition`]: '2\n',
  });
  link('sys/dev/block/259:2', join(root, `${nvme}/nvme0n1p2`));
  rootOn('259:2');
}

describe('the hardware of a Linux machine', () => {
  test('is its board, the disk its system lies on, its processor and its memory', () => {
    laptop();
    expect(linuxHardware(root)).toEqual({
      board: 'pf1abc23/4c4c4544-0042-3510-8052-b4c04f564433',
      disk: 'eui.0025388b91b2c3d4',
      cpu: 'Example CPU 9 x1',
      memory: '15',
      deviceClass: 'laptop',
    });
  });

  test('leaves out what nobody filled in', () => {
    dmi({ board_serial: 'To be filled by O.E.M.', product_uuid: '00000000-0000-0000-0000-000000000000' });
    expect(linuxHardware(root)).toEqual({ deviceClass: 'desktop' });
  });

  test('keeps the part of a board that was filled in', () => {
    dmi({ board_serial: 'Default string', product_uuid: '4C4C4544-0042-3510-8052-B4C04F564433' });
    expect(linuxHardware(root).board).toBe('4c4c4544-0042-3510-8052-b4c04f564433');
  });

  test('finds the disks below an encrypted volume on two of them', () => {
    for (const [name, serial] of [
      ['sda', 'S-1'],
      ['sdb', 'S-2'],
    ] as const) {
      put({ [`sys/devices/pci0/ata1/block/${name}/device/wwid`]: `naa.${serial}\n` });
      put({ [`sys/devices/pci0/ata1/block/${name}/${name}1/partition`]: '1\n' });
      link(
        `sys/devices/virtual/block/dm-0/slaves/${name}1`,
        join(root, `sys/devices/pci0/ata1/block/${name}/${name}1`),
      );
    }
    link('sys/dev/block/253:0', join(root, 'sys/devices/virtual/block/dm-0'));
    rootOn('253:0');
    expect(linuxHardware(root).disk).toBe('naa.s-1/naa.s-2');
  });

  test('reads the serial number of a disk that has nothing else', () => {
    const disk = 'sys/devices/pci0/ata1/block/sda';
    put({ [`${disk}/device/vpd_pg80`]: '\u0000\u0080\u0000\u0008  WD-1234', [`${disk}/removable`]: '0\n' });
    link('sys/dev/block/8:0', join(root, disk));
    rootOn('8:0');
    expect(linuxHardware(root).disk).toBe('wd-1234');
  });

  test.each([
    ['removable', 'sys/devices/pci0/ata1/block/sda', { removable: '1\n' }],
    ['on USB', 'sys/devices/pci0/usb2/2-1/host0/block/sda', {}],
    ['virtual', 'sys/devices/virtual/block/loop0', {}],
    [
      "an emulator's, alike everywhere",
      'sys/devices/pci0/ata1/block/sda',
      { wwid: 't10.ATA QEMU HARDDISK QM00001\n' },
    ],
  ])('counts no disk that is %s', (_what, disk, files) => {
    const wwid = { [`${disk}/wwid`]: 'naa.1234\n' };
    put({
      ...wwid,
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${disk}/${name}`, text])),
    });
    link('sys/dev/block/8:0', join(root, disk));
    rootOn('8:0');
    expect(linuxHardware(root)).not.toHaveProperty('disk');
  });

  test('without DMI, as on many boards of ARM, is what its processor says', () => {
    put({ 'proc/cpuinfo': 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n' });
    expect(linuxHardware(root)).toEqual({ cpu: '0x41-0xd0c x1', deviceClass: 'desktop' });
  });

  test('is virtual where the processor or the firmware says so', () => {
    laptop();
    put({ 'proc/cpuinfo': 'model name\t: X\nflags\t\t: fpu hypervisor lahf_lm\n' });
    expect(linuxHardware(root).deviceClass).toBe('virtual');
    put({ 'proc/cpuinfo': 'model name\t: X\nflags\t\t: fpu\n' });
    dmi({ sys_vendor: 'QEMU' });
    expect(linuxHardware(root).deviceClass).toBe('virtual');
  });
});

describe('the hardware of a Windows machine', () => {
  test('is what CIM says of the same parts', () => {
    const signs = {
      boardSerial: ' PF1ABC23 ',
      productUuid: '4C4C4544-0042-3510-8052-B4C04F564433',
      diskSerial: '0025_388B_91B2_C3D4.',
      cpu: 'Example CPU 9  ',
      sockets: 1,
      memoryBytes: '17008005120',
      maker: 'Maker',
      model: 'Model 5',
      chassis: 10,
    };
    expect(hardwareOfSigns(signs)).toEqual({
      board: 'pf1abc23/4c4c4544-0042-3510-8052-b4c04f564433',
      disk: '0025_388b_91b2_c3d4.',
      cpu: 'Example CPU 9 x1',
      memory: '16',
      deviceClass: 'laptop',
    });
  });

  test('that answers nothing has no facts', () => {
    expect(hardwareOfSigns({ boardSerial: 'None', memoryBytes: '' })).toEqual({ deviceClass: 'desktop' });
  });
});

test.each([
  ['To be filled by O.E.M.'],
  ['Default string'],
  ['None'],
  ['N/A'],
  ['0000000000'],
  ['ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ['03000200-0400-0500-0006-000700080009'],
  ['123456789'],
  ['..'],
  ['QM00001'],
  ['ab'],
])('%j is a number that nobody gave', (text) => {
  expect(realNumber(text)).toBeUndefined();
});

test('the class of a machine is that of its enclosure, whatever lock it has', () => {
  expect([3, 9, 31, 17, 23, 0, 9 | 0x80].map(classOfChassis)).toEqual([
    'desktop',
    'laptop',
    'laptop',
    'server',
    'server',
    'desktop',
    'laptop',
  ]);
});

test('a machine of a maker who also makes hypervisors is not virtual', () => {
  expect(isVirtualMachine('Microsoft Corporation', 'Surface Laptop 5')).toBe(false);
  expect(isVirtualMachine('Microsoft Corporation', 'Virtual Machine')).toBe(true);
  expect(isVirtualMachine('Red Hat', 'KVM')).toBe(true);
});
