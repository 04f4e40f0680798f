import type { PatchMachine } from './machine.ts';

/** Packages whose change reaches a running system only when it starts anew. */
const needsRestart = [
  /^linux-image-/,
  /^firmware-/,
  /-microcode$/,
  /^libc6$/,
  /^(systemd|systemd-sysv|libsystemd0|libsystemd-shared|udev|init)$/,
  /^(dbus|dbus-daemon|dbus-broker|dbus-bin|libdbus-1-3)$/,
  /^(grub-|shim-)/,
];

/** Those of the changed packages for which the system has to start anew. */
export const packagesForRestart = (names: readonly string[]): string[] =>
  names.filter((name) => needsRestart.some((pattern) => pattern.test(name))).sort();

/** Settings that the kernel, systemd or the boot loader read once. */
const readAtStart =
  /^\/(boot|etc\/(default|systemd|sysctl\.d|modprobe\.d|modules-load\.d|udev)|usr\/lib\/(systemd|sysctl\.d|modprobe\.d|modules-load\.d|udev))\//;

/** Those of the changed paths that are read only when the system starts. */
export const pathsForRestart = (paths: readonly string[]): string[] =>
  paths.filter((path) => readAtStart.test(path)).sort();

/** Never restarted under people or under this run: what they stand for is worse than an old library for some hours. */
const keptRunning =
  /^(dbus|dbus-broker|display-manager|gdm3?|lightdm|sddm|getty@.*|serial-getty@.*|user@.*|systemd-logind|imprint-agent.*)\.service$/;

/**
 * Restarts services that still use a library that was replaced, and names what uses one after that.
 * Sources: proc(5), maps; systemctl(1), try-restart.
 */
export async function refreshServices(
  machine: PatchMachine,
  stale: () => ReadonlyMap<number, string | undefined>,
): Promise<string[]> {
  if (!machine.isBooted) return [];
  const units = new Set([...stale().values()].filter((unit) => unit !== undefined));
  for (const unit of units)
    if (!keptRunning.test(unit)) await machine.run('systemctl', ['try-restart', unit], 120_000);
  const left = new Set([...stale().values()].map((unit) => unit ?? 'a program of somebody logged in'));
  return [...left].filter((unit) => !unit.startsWith('imprint-agent')).sort();
}
