/** How far a booting device has come, in order; each is recognised by a line of its serial console. */
export const milestones = [
  { name: 'firmware', pattern: /SeaBIOS|BdsDxe|UEFI|GRUB|Booting /u },
  { name: 'kernel', pattern: /Linux version \d/u },
  { name: 'init', pattern: /systemd \d[\w.~+-]* running in system mode|systemd\[1\]:|Welcome to /u },
  { name: 'agent', pattern: /imprint-agent/u },
  { name: 'login', pattern: /login:/u },
] as const;
export type Milestone = (typeof milestones)[number]['name'];

/** Lines after which nothing good follows. */
const breakages = [
  /Kernel panic - not syncing.*/u,
  /You are in emergency mode.*/u,
  /Entering emergency mode.*/u,
  /ALERT! .* does not exist.*/u,
  /No bootable device.*/u,
  /error: no such (device|partition).*/u,
  /Boot failed: not a bootable disk.*/u,
];

export interface ConsoleReading {
  /** The farthest milestone seen. */
  readonly milestone: Milestone | undefined;
  /** The line that says the device will not come up. */
  readonly breakage: string | undefined;
}

const escapes = new RegExp(`${String.fromCharCode(27)}(\\[[0-9;?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>c])`, 'gu');

/** Serial console text without terminal control sequences and carriage returns. */
export function plainConsole(text: string): string {
  return text.replace(escapes, '').replaceAll('\r', '');
}

/** Reads a console log as a person would: how far did it come, and did it break? */
export function readConsole(text: string): ConsoleReading {
  const plain = plainConsole(text);
  const milestone = milestones.findLast(({ pattern }) => pattern.test(plain))?.name;
  const breakage = breakages.map((pattern) => pattern.exec(plain)?.[0]).find((line) => line !== undefined);
  return { milestone, breakage };
}

/** The last lines of a console log that say anything. */
export function consoleTail(text: string, lines = 20): string {
  return plainConsole(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines)
    .join('\n');
}
