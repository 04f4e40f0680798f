export type { PatchSource } from './changed.ts';
export { lockedDebs } from './changed.ts';
export { checkPack } from './check-pack.ts';
export { type EncodePatchSetOptions, encodePatchSet, patchSetNames } from './encode-patch-set.ts';
export { extractLooseFiles, type LooseFiles, looseFilesOf } from './loose-files.ts';
