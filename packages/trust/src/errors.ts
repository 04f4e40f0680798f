import type { ErrorRegistry } from '@imprint/protocol';
import { dsseErrors } from './dsse/errors.ts';
import { keyErrors } from './keys/errors.ts';

/** Every error this package throws. */
export const trustErrors = { ...keyErrors, ...dsseErrors } as const satisfies ErrorRegistry;
