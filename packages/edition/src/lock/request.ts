import type { DebianManifest } from '@imprint/protocol';
import {
  companionPackages,
  fontPackages,
  inputMethodPackages,
  localePackages,
  policyPackages,
} from '../drivers/debian/data/capabilities.ts';
import { basePackages } from '../drivers/debian/data/profiles.ts';

/** A package and the pointer into the manifest that asks for it. */
export interface Wanted {
  /** As apt takes it: a name, or the path of a package file. */
  readonly name: string;
  /** What messages call it, where that is not its name. */
  readonly label?: string;
  readonly pointer: string;
}

/** What a manifest asks of upstream: the profile, what goes beyond it, and what must stay out. */
export interface Request {
  readonly base: readonly Wanted[];
  readonly packages: readonly Wanted[];
  readonly removed: readonly Wanted[];
}

const named = (pointer: string, names: readonly string[]): Wanted[] =>
  names.map((name) => ({ name, pointer }));

function localeRequests({ fonts = [], inputMethod }: DebianManifest['locale']): Wanted[] {
  return [
    ...Object.entries(localePackages).flatMap(([key, names]) => named(`/locale/${key}`, names)),
    ...fonts.flatMap((font, index) => named(`/locale/fonts/${index}`, fontPackages[font])),
    ...(inputMethod === undefined ? [] : named('/locale/inputMethod', inputMethodPackages[inputMethod])),
  ];
}

function componentRequests(components: DebianManifest['components'] = []): Wanted[] {
  return components.flatMap(({ package: name }, index) =>
    name === undefined
      ? []
      : named(`/components/${index}/package`, [name, ...(companionPackages[name] ?? [])]),
  );
}

/** Translates a manifest into packages, each with the pointer that asks for it. */
export function requestOf(manifest: DebianManifest): Request {
  const policies = Object.entries(policyPackages(manifest.policy ?? {}));
  const { debian } = manifest.base;
  return {
    base: named('/base/debian/profile', basePackages(debian)),
    packages: [
      ...(debian.packages ?? []).flatMap((name, index) => named(`/base/debian/packages/${index}`, [name])),
      ...localeRequests(manifest.locale),
      ...componentRequests(manifest.components),
      ...policies.flatMap(([key, { needs }]) => named(`/policy/${key}`, needs)),
    ],
    removed: [
      ...(manifest.remove ?? []).flatMap((name, index) => named(`/remove/${index}`, [name])),
      ...policies.flatMap(([key, { removes }]) => named(`/policy/${key}`, removes)),
    ],
  };
}
