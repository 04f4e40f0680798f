import { createHash } from 'node:crypto';
import type { Component, ComponentSignature, LockedFile, LockedInput, WindowsLock } from '@imprint/protocol';

/** A part of the edition that did not come with the vendor's image. */
export interface LocalPart {
  readonly input: LockedInput;
  readonly component: Component;
  readonly signature?: ComponentSignature | undefined;
  /** The supplier's evidence about the part. */
  readonly evidence?: LockedInput | undefined;
}

/** Everything a Windows edition is made of, each part by digest. */
export interface WindowsBill {
  readonly lock: WindowsLock;
  readonly lockSha256: string;
  readonly local: readonly LocalPart[];
  /** The vendor's language packages and updates, for the first boot. */
  readonly vendor: readonly LockedInput[];
  /** Certificates and virus definitions. */
  readonly data: readonly LockedInput[];
}

function componentOf({ manifest }: WindowsLock, { name }: LockedInput): Component {
  const { components = [] } = manifest;
  const found = components.find((component) => component.name === name || component.file === name);
  return found ?? { role: 'other', name, supplier: 'unknown', origin: 'local' };
}

/** Joins the lock's inputs with what the manifest and the lock say of them. */
export function windowsBill(lock: WindowsLock, lockSha256: string): WindowsBill {
  const ofRoles = (...roles: readonly LockedInput['role'][]) =>
    lock.inputs.filter(({ role }) => roles.includes(role));
  const evidence = new Map(ofRoles('component-evidence').map((input) => [input.name, input]));
  return {
    lock,
    lockSha256,
    local: ofRoles('component').map((input) => {
      const component = componentOf(lock, input);
      const signature = lock.signatures.find((item) => item.component === component.name);
      return { input, component, signature, evidence: evidence.get(input.name) };
    }),
    vendor: ofRoles('language-pack', 'update'),
    data: ofRoles('trust-root', 'antivirus-definitions'),
  };
}

/** What the vendor's image calls itself, for instance `10.0.19045.4291`. */
export function imageVersion({ image }: WindowsLock): string {
  const { major, minor, build, revision } = image.version;
  return [major, minor, build, revision].join('.');
}

/** One digest for the vendor's image: that of its file, or over the digests of its parts in order. */
export function imageDigest(parts: readonly LockedFile[]): string {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first.sha256;
  return createHash('sha256')
    .update(parts.map(({ sha256 }) => `${sha256}\n`).join(''))
    .digest('hex');
}
