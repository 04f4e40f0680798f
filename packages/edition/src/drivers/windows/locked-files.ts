import type { LockedFile, WindowsLock } from '@imprint/protocol';

/** The vendor's files a build reads from the content store: the image's parts, and the medium where an output is made from it. */
export function windowsFiles({ image, manifest }: WindowsLock): (LockedFile & { readonly role: string })[] {
  const medium = manifest.outputs.includes('iso') && image.medium !== undefined ? [image.medium] : [];
  return [...image.parts, ...medium].map((file) => ({ ...file, role: 'image' }));
}
