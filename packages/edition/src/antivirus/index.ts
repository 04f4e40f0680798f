export { type PackedDefinitions, type PackOptions, packDefinitions } from './pack-definitions.ts';
