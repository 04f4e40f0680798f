import { activationErrors } from './activation/errors.ts';
import { alertErrors } from './alerts/errors.ts';
import { allocationErrors } from './allocation/errors.ts';
import { importErrors } from './import/errors.ts';
import { reportErrors } from './report/errors.ts';
import { revocationErrors } from './revocation/errors.ts';
import { transferErrors } from './transfer/errors.ts';

/** Every code of this room; each part keeps its own beside what throws it. */
export const licensingErrors = {
  ...activationErrors,
  ...allocationErrors,
  ...importErrors,
  ...alertErrors,
  ...reportErrors,
  ...revocationErrors,
  ...transferErrors,
};
