import type { ErrorRegistry } from '@imprint/protocol';
import { definitionsErrors } from './definitions/errors.ts';
import { dsseErrors } from './dsse/errors.ts';
import { jwsErrors } from './jws/errors.ts';
import { keyFileErrors } from './key-file/errors.ts';
import { keyErrors } from './keys/errors.ts';
import { licenceErrors } from './licence/errors.ts';
import { releaseErrors } from './release/errors.ts';
import { tufErrors } from './tuf/errors.ts';

/** Every error this package throws. */
export const trustErrors = {
  ...keyErrors,
  ...keyFileErrors,
  ...dsseErrors,
  ...tufErrors,
  ...releaseErrors,
  ...jwsErrors,
  ...licenceErrors,
  ...definitionsErrors,
} as const satisfies ErrorRegistry;
