import type { DeviceClass } from '@imprint/protocol';

/** What makers leave in firmware where a number should stand, and what emulators give every guest alike. */
const placeholders = [
  /^(to be filled by o\.?e\.?m\.?|default string|system serial number|base ?board serial number)$/i,
  /^(none|null|n\/?a|unknown|not (specified|applicable|available)|empty|oem|invalid|serial|\.+)$/i,
  /^[0x\s-]*$/i,
  /^[f-]+$/i,
  /^(0?123456789(0|abcdef)?)$/i,
  /^03000200-0400-0500-0006-000700080009$/i,
  /^qm0+\d$/i,
  /qemu.harddisk/i,
];

/** A part's number as printable text without outer blanks, or undefined where it names nothing. */
export function realNumber(text: string | undefined): string | undefined {
  const value = (text ?? '').replace(/[^\x21-\x7e]+/g, ' ').trim();
  if (value.length < 3 || value.length > 200) return undefined;
  return placeholders.some((pattern) => pattern.test(value)) ? undefined : value;
}

/** Joins the numbers that a machine gives; undefined where it gives none. */
export function joinNumbers(...numbers: readonly (string | undefined)[]): string | undefined {
  const real = numbers.map(realNumber).filter((number) => number !== undefined);
  return real.length === 0 ? undefined : real.join('/').toLowerCase();
}

/** Whole gibibytes: firmware and kernels hold back a little of it, and not always the same. */
export function gibibytes(bytes: number): string | undefined {
  return bytes > 0 ? String(Math.max(1, Math.round(bytes / 2 ** 30))) : undefined;
}

const virtualMakers =
  /^(qemu|kvm|vmware|innotek|virtualbox|oracle corporation virtualbox|xen|bochs|parallels|bhyve|openstack|red hat kvm|nutanix|apple virtualization|amazon ec2|google compute engine|alibaba cloud|tencent cloud|huaweicloud)/i;

/** True where the names that firmware gives are those of a hypervisor. Source: systemd-detect-virt(1), DMI vendors. */
export function isVirtualMachine(maker: string, product: string): boolean {
  if (/^microsoft corporation$/i.test(maker.trim())) return /^virtual machine$/i.test(product.trim());
  return virtualMakers.test(maker.trim()) || virtualMakers.test(product.trim()) || /\bkvm\b/i.test(product);
}

const laptops = new Set([8, 9, 10, 11, 14, 30, 31, 32]);
const servers = new Set([17, 23, 25, 27, 28, 29]);

/** The class of a machine by its enclosure; no enclosure says that it is a thin client. Source: SMBIOS 3.6 §7.4.1. */
export function classOfChassis(type: number): DeviceClass {
  // Bit 7 says that the enclosure has a lock.
  const kind = type & 0x7f;
  if (laptops.has(kind)) return 'laptop';
  return servers.has(kind) ? 'server' : 'desktop';
}
