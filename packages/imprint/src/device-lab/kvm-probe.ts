import { spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWithParent } from './qemu.ts';

/**
 * A boot sector that does what a kernel does early and weak hypervisors cannot: enter long mode, `lock
 * cmpxchg16b`, set XCR0, `xsave`, `xrstor`; then it ends the machine through isa-debug-exit with 0x2a.
 * The source of these bytes is kvm-probe.S; `as` and `ld --oformat binary -Ttext 0x7c00` give them.
 */
const probeCode = Buffer.from(
  'fa31c08ed88ec08ed0bc007c66bf001000000f22df6631c066b9000c000066f3abc70600100320c706002003' +
    '30c706003083000f20e0660d200604000f22e066b9800000c00f3280cc010f300f20c0660d010000800f22c0' +
    '0f0116b07cea627c0800bf0040000031c031d231dbb941000000f0480fc70f31c90f01d00f01d1bf00500000' +
    'b80300000031d20fae270fae2fbaf4000000b02aeef4660f1f440000000000000000000000000000009a2000' +
    '0f00a07c0000',
  'hex',
);
/** isa-debug-exit ends the process with twice the written value plus one. */
const passedExit = 0x2a * 2 + 1;

/** The 512 bytes of a BIOS boot sector around real-mode `code`. */
export function bootSector(code: Uint8Array): Buffer {
  const sector = Buffer.alloc(512);
  sector.set(code.subarray(0, 510));
  sector.set([0x55, 0xaa], 510);
  return sector;
}

export type ProbeVerdict = { readonly usable: true } | { readonly usable: false; readonly reason: string };

/** Boots the probe with one accelerator; a machine that hangs or reports an internal error has failed it. */
export async function probeAccelerator(
  accelerator: 'kvm' | 'tcg',
  { qemu = 'qemu-system-x86_64', deadlineMs = 5_000 } = {},
): Promise<ProbeVerdict> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-probe-'));
  try {
    const disk = join(directory, 'probe.img');
    await writeFile(disk, bootSector(probeCode));
    return await bootProbe(qemu, probeArguments(accelerator, disk), deadlineMs);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function probeArguments(accelerator: 'kvm' | 'tcg', disk: string): string[] {
  const machine = ['-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : 'max', '-m', '32'];
  const nothing = ['-nodefaults', '-display', 'none', '-serial', 'none', '-monitor', 'none', '-no-reboot'];
  const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'];
  return [...machine, ...nothing, ...exit, '-drive', `file=${disk},format=raw,if=ide,snapshot=on`];
}

function bootProbe(qemu: string, args: readonly string[], deadlineMs: number): Promise<ProbeVerdict> {
  return new Promise((resolve) => {
    const [command, rest] = killWithParent(qemu, args);
    const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, deadlineMs);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 4096);
      if (errors.includes('KVM internal error')) child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ usable: false, reason: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === passedExit) return resolve({ usable: true });
      const said = errors.split('\n')[0]?.trim();
      resolve({ usable: false, reason: late ? `no answer in ${deadlineMs} ms` : said || `exit ${code}` });
    });
  });
}

/** Does KVM run what a Linux kernel needs? An openable `/dev/kvm` alone says nothing of it. */
export async function probeKvm(options: { qemu?: string; deadlineMs?: number } = {}): Promise<ProbeVerdict> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return { usable: false, reason: 'no access to /dev/kvm' };
  }
  return probeAccelerator('kvm', options);
}
