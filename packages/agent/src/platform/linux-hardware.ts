import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readVirtual } from '../files/virtual.ts';
import { classOfChassis, gibibytes, isVirtualMachine, joinNumbers, realNumber } from './machine.ts';
import type { Hardware } from './model.ts';

const deepest = 8;

function listing(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** The device node `major:minor` in sysfs as a real path; undefined where there is none. */
function blockDevice(root: string, number: string): string | undefined {
  try {
    return realpathSync(join(root, '/sys/dev/block', number));
  } catch {
    return undefined;
  }
}

/** The whole disks below a block device: a partition's disk, and what a mapping or an array is made of. */
function disksBelow(path: string, depth = 0): string[] {
  if (depth > deepest) return [];
  const below = listing(join(path, 'slaves'));
  if (below.length > 0) {
    return below.flatMap((name) => {
      try {
        return disksBelow(realpathSync(join(path, 'slaves', name)), depth + 1);
      } catch {
        return [];
      }
    });
  }
  return readVirtual(join(path, 'partition')) === undefined ? [path] : disksBelow(dirname(path), depth + 1);
}

/** Page 80h of a SCSI or ATA disk: a header of four bytes, then the serial number. Source: SPC-5 §7.7.19. */
function serialPage(disk: string): string | undefined {
  try {
    return readFileSync(join(disk, 'device/vpd_pg80')).subarray(4).toString('latin1');
  } catch {
    return undefined;
  }
}

function diskNumber(disk: string): string | undefined {
  const isFixed = readVirtual(join(disk, 'removable'))?.trim() !== '1';
  if (!isFixed || /\/(usb\d|virtual\/)/.test(disk)) return undefined;
  const numbers = ['wwid', 'device/wwid', 'serial', 'device/serial'].map((name) =>
    readVirtual(join(disk, name)),
  );
  return [...numbers, serialPage(disk)].map(realNumber).find((number) => number !== undefined);
}

/** `major:minor` of the file system mounted at `/`. Source: proc_pid_mountinfo(5). */
function rootNumber(root: string): string | undefined {
  const lines = (readVirtual(join(root, '/proc/self/mountinfo')) ?? '').split('\n');
  const mounted = lines.map((line) => line.split(' ')).filter((fields) => fields[4] === '/');
  return mounted.at(-1)?.[2];
}

function diskOf(root: string): string | undefined {
  const number = rootNumber(root);
  const device = number === undefined ? undefined : blockDevice(root, number);
  if (device === undefined) return undefined;
  const disks = [...new Set(disksBelow(device))].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  return joinNumbers(...disks.map(diskNumber).sort());
}

/** Model and number of packages; without a model name, as on arm64, what identifies the core. Source: proc_cpuinfo(5). */
function cpuOf(text: string): string | undefined {
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\s*:\\s*(.*)$`, 'gim'))].map(([, value]) => (value ?? '').trim());
  const [model] = [...values('model name'), ...values('cpu model')];
  const name = model ?? [...values('cpu implementer'), ...values('cpu part')].slice(0, 2).join('-');
  if (name === '') return undefined;
  return `${name} x${Math.max(1, new Set(values('physical id')).size)}`;
}

/** What a Linux machine below `root` says of its parts. Network addresses are not asked for: they change by themselves. */
export function linuxHardware(root: string): Hardware {
  const dmi = (name: string) => readVirtual(join(root, '/sys/class/dmi/id', name));
  const cpuinfo = readVirtual(join(root, '/proc/cpuinfo')) ?? '';
  const memoryKib = Number(
    /^MemTotal:\s+(\d+) kB$/m.exec(readVirtual(join(root, '/proc/meminfo')) ?? '')?.[1] ?? 0,
  );
  const isVirtual =
    isVirtualMachine(dmi('sys_vendor') ?? '', dmi('product_name') ?? '') ||
    /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
  const found = {
    board: joinNumbers(dmi('board_serial'), dmi('product_uuid')),
    disk: diskOf(root),
    cpu: cpuOf(cpuinfo),
    memory: gibibytes(memoryKib * 1024),
  };
  const present = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return {
    ...present,
    deviceClass: isVirtual ? 'virtual' : classOfChassis(Number(dmi('chassis_type') ?? 0)),
  };
}
