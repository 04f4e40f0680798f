export type Accelerator = 'kvm' | 'tcg';
export type Firmware = 'bios' | 'uefi';

/** UEFI firmware as the Debian package ovmf installs it: code, and the variable store to start from. */
export const ovmf = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  vars: '/usr/share/OVMF/OVMF_VARS_4M.fd',
} as const;

/** A device as data: what it boots, and where it speaks. */
export interface DevicePlan {
  readonly accelerator: Accelerator;
  readonly firmware: Firmware;
  /** A raw disk image. Never written: the machine's writes go to a temporary overlay. */
  readonly disk: string;
  /** The file that takes the serial console. */
  readonly consoleLog: string;
  /** Files each holding one SMBIOS OEM string, `io.systemd.credential:NAME=VALUE`. */
  readonly credentials: readonly string[];
  readonly memoryMiB: number;
  readonly cpus: number;
}

/** QEMU takes a comma inside an option's value as two. */
const value = (text: string) => text.replaceAll(',', ',,');

/**
 * Processors of a device. One where they are emulated: beside another, QEMU 7.2's emulation now and then runs an instruction that the kernel
 * has just patched, and the kernel panics with `Oops: int3`. Source: linux-kernel, July 2023, "qemu-x86_64 booting with 8.0.0 still see int3".
 */
export const usualCpus: Readonly<Record<Accelerator, number>> = { kvm: 2, tcg: 1 };

/** The command line of QEMU for a device: no screen, serial console to a file, user network, nothing by default. */
export function qemuArguments(plan: DevicePlan): string[] {
  const accelerator = plan.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi';
  const machine = ['-machine', 'q35', '-accel', accelerator];
  const processor = ['-cpu', plan.accelerator === 'kvm' ? 'host' : 'qemu64', '-smp', String(plan.cpus)];
  const nothing = ['-nodefaults', '-display', 'none', '-monitor', 'none', '-no-reboot'];
  const console = [
    '-chardev',
    `file,id=console,path=${value(plan.consoleLog)}`,
    '-serial',
    'chardev:console',
  ];
  const devices = [
    '-drive',
    `file=${value(plan.disk)},format=raw,if=none,id=disk,snapshot=on,cache=unsafe`,
    '-device',
    'virtio-blk-pci,drive=disk,bootindex=0',
    '-netdev',
    'user,id=network',
    // Without its option ROM the card cannot boot from the network.
    '-device',
    'virtio-net-pci,netdev=network,romfile=',
    '-device',
    'virtio-rng-pci',
  ];
  const credentials = plan.credentials.flatMap((path) => ['-smbios', `type=11,path=${value(path)}`]);
  const memory = ['-m', String(plan.memoryMiB)];
  const firmware = plan.firmware === 'uefi' ? uefiArguments() : [];
  return [
    ...machine,
    ...processor,
    ...memory,
    ...nothing,
    ...console,
    ...firmware,
    ...devices,
    ...credentials,
  ];
}

function uefiArguments(): string[] {
  return [
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${ovmf.code}`,
    '-drive',
    `if=pflash,unit=1,format=raw,snapshot=on,file=${ovmf.vars}`,
  ];
}

/** Wraps a command so that the kernel ends it when this process ends, however it ends. Source: prctl(2) PR_SET_PDEATHSIG. */
export function killWithParent(command: string, args: readonly string[]): [string, string[]] {
  return ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]];
}
