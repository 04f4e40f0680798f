import type { TufCache } from '@imprint/trust';
import type { StateFiles } from '../state/files.ts';

/** Where this device keeps the metadata it trusts. */
export const tufCache = (files: StateFiles): TufCache => ({
  get: async (name) => files.read(`tuf/${name}`),
  put: async (name, bytes) => files.write(`tuf/${name}`, bytes),
  delete: async (name) => files.remove(`tuf/${name}`),
});
