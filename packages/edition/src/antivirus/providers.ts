import { type AntivirusProvider, type Component, type EditionLock, isWindowsLock } from '@imprint/protocol';

/** A component's name in releases, directives and definitions. */
export const providerName = ({ provider, name }: Pick<Component, 'provider' | 'name'>): string =>
  provider ?? name.toLowerCase();

function providerOf(component: Component, lock: EditionLock): AntivirusProvider {
  const { name, supplier, title, adapter, approvedUntil = '', sendsOut = [] } = component;
  const input = lock.inputs.find((one) => one.role === 'antivirus-alternative' && one.name === name);
  const provider = providerName(component);
  return {
    name: provider,
    title: title ?? { en: name, 'zh-CN': name },
    supplier,
    adapter: adapter ?? (provider === 'clamav' ? 'clamav' : 'script'),
    approvedUntil,
    sendsOut,
    ...(input?.deb === undefined
      ? {}
      : { installer: { ...input.deb, sha256: input.sha256, sizeBytes: input.sizeBytes } }),
  };
}

/**
 * The antivirus providers that devices of an edition may run, as its lock decides them, the image's own first; none where the
 * edition says of no provider until when it is approved.
 */
export function antivirusProvidersOf(lock: EditionLock): AntivirusProvider[] {
  if (isWindowsLock(lock)) return [];
  const all = (lock.manifest.components ?? []).filter(({ role }) => role === 'antivirus');
  if (all.every(({ approvedUntil }) => approvedUntil === undefined)) return [];
  const providers = all.map((component) => providerOf(component, lock));
  return [
    ...providers.filter(({ installer }) => installer === undefined),
    ...providers.filter(({ installer }) => installer !== undefined),
  ];
}
