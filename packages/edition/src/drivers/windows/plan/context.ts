import type { LockedInput, WindowsLock } from '@imprint/protocol';
import { windowsPlanError } from './errors.ts';

/** What a step may know: the lock and its digest, nothing of the machine. */
export interface WindowsStepContext {
  readonly lock: WindowsLock;
  readonly lockSha256: string;
}

type Component = NonNullable<WindowsLock['manifest']['components']>[number];

/** A component of the manifest with its file in the content store; `pointer` names its place in the manifest. */
export interface LockedComponent {
  readonly component: Component;
  readonly input: LockedInput;
  readonly pointer: string;
}

export function inputsOf(lock: WindowsLock, role: LockedInput['role']): LockedInput[] {
  return lock.inputs.filter((input) => input.role === role);
}

/** Components that bring a file, in the manifest's order. */
export function lockedComponents(lock: WindowsLock): LockedComponent[] {
  const inputs = inputsOf(lock, 'component');
  return (lock.manifest.components ?? []).flatMap((component, index) => {
    const input = inputs.find(({ name }) => name === component.name);
    return input === undefined ? [] : [{ component, input, pointer: `manifest#/components/${index}` }];
  });
}

export function agentOf(lock: WindowsLock): LockedComponent | undefined {
  return lockedComponents(lock).find(({ component }) => component.role === 'agent');
}

export function channelOf({ manifest }: WindowsLock): string {
  return manifest.services.channel ?? 'stable';
}

/** The end of a file name from its last dot, in lower case; empty without one. */
export function extensionOf(fileName: string): string {
  return /\.[A-Za-z0-9]{1,8}$/.exec(fileName)?.[0].toLowerCase() ?? '';
}

/**
 * A name in the payload directory: readable, plain for every tool, and never that of another file, since it ends in the
 * digest's first digits.
 */
export function payloadName(name: string, extension: string, sha256: string): string {
  const stem = name
    .slice(0, name.toLowerCase().endsWith(extension) ? name.length - extension.length : name.length)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 80);
  return `${stem === '' ? 'file' : stem}-${sha256.slice(0, 8)}${extension}`;
}

/** How a component's file is run. @throws WINDOWS_PLAN_INSTALLER */
export function installerKind({ component }: LockedComponent): 'msi' | 'exe' {
  const extension = extensionOf(component.file ?? '');
  if (extension === '.msi') return 'msi';
  if (extension === '.exe') return 'exe';
  const got = extension === '' ? 'no extension' : extension;
  throw windowsPlanError('WINDOWS_PLAN_INSTALLER', { component: component.name, got });
}

/** The payload name of a component's file. */
export function componentPayload({ component, input }: LockedComponent): string {
  return payloadName(component.name, extensionOf(component.file ?? ''), input.sha256);
}

/** The payload name of a file of the vendor's or of a definitions set. */
export function inputPayload({ name, sha256 }: LockedInput): string {
  return payloadName(name, extensionOf(name), sha256);
}

/** Pretty JSON with a final newline, as every file this press writes. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Lines as Windows ends them. */
export function crlfLines(...text: string[]): string {
  return `${text.join('\r\n')}\r\n`;
}
