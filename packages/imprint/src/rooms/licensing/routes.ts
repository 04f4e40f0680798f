import type { App } from '../../platform/http/app.ts';
import { alertRoutes } from './alerts/routes.ts';
import { allocationRoutes } from './allocation/routes.ts';
import type { LicensingContext } from './context.ts';
import { importRoutes } from './import/routes.ts';

/** Agreements, seats, leases and what is said of them. */
export function licensingRoutes(app: App, context: LicensingContext): void {
  allocationRoutes(app, context);
  importRoutes(app, context);
  alertRoutes(app, context);
}
