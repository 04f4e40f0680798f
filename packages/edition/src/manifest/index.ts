export { publishedSchema } from './file-schema.ts';
export type { InputFile, InputRole } from './input-files.ts';
export { type LoadedManifest, type LoadOptions, loadManifest } from './load-manifest.ts';
export type { Override } from './merge.ts';
