export { type CanonicalPackage, writeCanonicalDeb } from './canonical-deb.ts';
export type { EncodedPack } from './container.ts';
export { encodePack } from './encode-pack.ts';
export { encodePatch } from './encode-patch.ts';
