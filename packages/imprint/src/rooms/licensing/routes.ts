import type { App } from '../../platform/http/app.ts';
import type { LeaseDesk } from './activation/desk.ts';
import { activationRoutes } from './activation/routes.ts';
import { alertRoutes } from './alerts/routes.ts';
import { allocationRoutes } from './allocation/routes.ts';
import type { LicensingContext } from './context.ts';
import { importRoutes } from './import/routes.ts';
import { reportRoutes } from './report/routes.ts';
import { revocationRoutes } from './revocation/routes.ts';
import { transferRoutes } from './transfer/routes.ts';

/** Agreements, seats, leases and what is said of them. */
export function licensingRoutes(app: App, context: LicensingContext, leases: LeaseDesk): void {
  activationRoutes(app, context, leases);
  allocationRoutes(app, context);
  importRoutes(app, context);
  alertRoutes(app, context);
  revocationRoutes(app, context);
  reportRoutes(app, context);
  transferRoutes(app, context);
}
