import { editionErrors } from '@imprint/edition';
import type { ErrorRegistry } from '@imprint/protocol';
import { trustErrors } from '@imprint/trust';
import { deployCommandErrors } from './cli/deploy/errors.ts';
import { cliErrors } from './cli/errors.ts';
import { patchSetErrors } from './cli/patch/errors.ts';
import { deviceLabErrors } from './device-lab/errors.ts';
import { platformErrors } from './platform/errors.ts';
import { assuranceErrors } from './rooms/assurance/index.ts';
import { editionErrors as editionRoomErrors } from './rooms/edition/index.ts';
import { fleetErrors } from './rooms/fleet/index.ts';
import { licensingErrors } from './rooms/licensing/index.ts';
import { organisationErrors } from './rooms/organisation/index.ts';
import { releaseErrors, releaseRouteErrors } from './rooms/release/index.ts';
import { serverErrors } from './server/errors.ts';
import { startErrors } from './start/errors.ts';

/** Every registry of the product but the device agent's, in the order `docs/errors.md` shows them. */
export const registries: readonly { readonly name: string; readonly errors: ErrorRegistry }[] = [
  { name: 'command line', errors: cliErrors },
  { name: 'patch sets', errors: patchSetErrors },
  { name: 'deployment', errors: deployCommandErrors },
  { name: 'start', errors: startErrors },
  { name: 'edition: manifest, lock, build, evidence', errors: editionErrors },
  { name: 'trust: keys, signatures, TUF, approvals', errors: trustErrors },
  { name: 'release ceremony', errors: releaseErrors },
  { name: 'release service', errors: releaseRouteErrors },
  { name: 'builds on the server', errors: editionRoomErrors },
  { name: 'licensing', errors: licensingErrors },
  { name: 'fleet', errors: fleetErrors },
  { name: 'organisation', errors: organisationErrors },
  { name: 'assurance', errors: assuranceErrors },
  { name: 'server', errors: serverErrors },
  { name: 'platform', errors: platformErrors },
  { name: 'device lab', errors: deviceLabErrors },
];
