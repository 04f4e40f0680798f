export {
  type PackedDefinitions,
  type PackOptions,
  packDefinitions,
  signatureExtensions,
} from './pack-definitions.ts';
export { antivirusProvidersOf } from './providers.ts';
