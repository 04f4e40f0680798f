import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Accelerator, killWithParent, usualCpus } from '../../src/device-lab/qemu.ts';

/** iPXE as Debian's package ipxe-qemu ships it, for a card that the firmware starts from. */
const pxeRom = '/usr/lib/ipxe/qemu/pxe-e1000.rom';

export interface MachineOptions {
  readonly accelerator: Accelerator;
  /** Written to. */
  readonly disk: string;
  readonly consoleLog: string;
  /** Given by firmware as the machine's own, and by the disk as its own. */
  readonly serial: string;
  /** What DHCP names as boot file; absent: the machine starts from its disk. */
  readonly bootFile?: string;
  readonly credentials?: Readonly<Record<string, string>>;
}

export interface Machine {
  /** Waits until the console shows a pattern; returns all it shows. Fails when the machine ends before, or too late. */
  until(pattern: RegExp, timeoutMs: number): Promise<string>;
  /** Resolves when the machine has switched itself off or asked to restart. */
  ended(): Promise<void>;
  stop(): Promise<void>;
}

function argumentsOf(options: MachineOptions): string[] {
  const { accelerator, disk, consoleLog, serial, bootFile, credentials = {} } = options;
  const isKvm = accelerator === 'kvm';
  const boot =
    bootFile === undefined
      ? []
      : [
          ...['-netdev', `user,id=boot,bootfile=${bootFile}`],
          ...['-device', `e1000,netdev=boot,romfile=${pxeRom},bootindex=0`],
        ];
  return [
    ...['-machine', 'q35', '-accel', isKvm ? 'kvm' : 'tcg,thread=multi', '-cpu', isKvm ? 'host' : 'max'],
    ...['-smp', String(usualCpus[accelerator]), '-m', '1536'],
    ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-no-reboot'],
    ...['-serial', `file:${consoleLog}`, '-smbios', `type=1,serial=${serial}`],
    ...['-drive', `file=${disk},format=raw,if=none,id=disk,cache=unsafe`],
    ...['-device', `virtio-blk-pci,drive=disk,serial=${serial},bootindex=1`],
    ...['-netdev', 'user,id=network', '-device', 'virtio-net-pci,netdev=network,romfile='],
    ...['-device', 'virtio-rng-pci', ...boot],
    ...Object.entries(credentials).flatMap(([name, value]) => [
      '-smbios',
      `type=11,value=io.systemd.credential:${name}=${value}`,
    ]),
  ];
}

/** Starts a machine; it ends with this process. */
export function startMachine(options: MachineOptions): Machine {
  const [command, args] = killWithParent('qemu-system-x86_64', argumentsOf(options));
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const shown = () => readFile(options.consoleLog, 'latin1').catch(() => '');
  return {
    until: async (pattern, timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const text = await shown();
        if (pattern.test(text)) return text;
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`the console never showed ${pattern}: ${said}\n${text.slice(-2000)}`);
        await sleep(250);
      }
    },
    ended: async () => void (await closed),
    stop: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** A blank disk of four gibibytes that takes no room. */
export async function blankDisk(path: string): Promise<string> {
  await writeFile(path, '');
  await truncate(path, 4 * 1024 ** 3);
  return path;
}
