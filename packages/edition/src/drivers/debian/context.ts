import type { DebianLock, LockedInput, LockedPackage } from '@imprint/protocol';
import type { PlannedPackage } from '../../plan/model.ts';

/** What a step may know: the lock and its digest, nothing of the machine. */
export interface StepContext {
  readonly lock: DebianLock;
  readonly lockSha256: string;
}

export function plannedPackages(packages: readonly LockedPackage[]): PlannedPackage[] {
  return packages.map(({ name, version, architecture, sha256 }) => ({ name, version, architecture, sha256 }));
}

/** True if upstream's package is in the image. */
export function hasPackage(lock: DebianLock, name: string): boolean {
  return lock.base.some((entry) => entry.name === name) || lock.packages.some((entry) => entry.name === name);
}

export function inputsOf(lock: DebianLock, role: LockedInput['role']): LockedInput[] {
  return lock.inputs.filter((input) => input.role === role);
}

/** The last part of an input's name, safe as a file name. */
export function inputFileName(input: LockedInput): string {
  return input.name.replace(/^.*\//, '').replace(/[^A-Za-z0-9._-]/g, '-');
}

export function channelOf(lock: DebianLock): string {
  return lock.manifest.services.channel ?? 'stable';
}

/** Pretty JSON with a final newline, as every file this press writes. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}
