import type { ErrorRegistry } from '@imprint/protocol';
import { antivirusErrors } from './antivirus/errors.ts';
import { aptErrors } from './apt/errors.ts';
import { deployErrors } from './deploy/errors.ts';
import { windowsErrors } from './drivers/windows/errors.ts';
import { windowsLockErrors } from './drivers/windows/lock/errors.ts';
import { windowsPressErrors } from './drivers/windows/press/errors.ts';
import { buildErrors } from './engine/errors.ts';
import { evidenceErrors } from './evidence/errors.ts';
import { lockErrors } from './lock/errors.ts';
import { manifestErrors } from './manifest/errors.ts';
import { packErrors } from './packs/errors.ts';
import { patchErrors } from './patch/errors.ts';
import { storeErrors } from './store/errors.ts';
import { toolErrors } from './tools/errors.ts';
import { treeErrors } from './tree/errors.ts';

/** Every error this package can raise, by code; each area keeps its own registry. */
export const editionErrors = {
  ...antivirusErrors,
  ...toolErrors,
  ...storeErrors,
  ...manifestErrors,
  ...lockErrors,
  ...treeErrors,
  ...evidenceErrors,
  ...packErrors,
  ...aptErrors,
  ...patchErrors,
  ...deployErrors,
  ...buildErrors,
  ...windowsErrors,
  ...windowsPressErrors,
  ...windowsLockErrors,
} as const satisfies ErrorRegistry;
