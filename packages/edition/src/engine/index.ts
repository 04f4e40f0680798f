export { buildDirectory } from './build-directory.ts';
export { buildErrors } from './errors.ts';
export { type ExecuteOptions, executeBuild } from './execute-build.ts';
export { type LayerRecord, type LayerStore, openLayerStore } from './layer-store.ts';
