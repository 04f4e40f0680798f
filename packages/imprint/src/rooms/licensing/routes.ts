import type { App } from '../../platform/http/app.ts';
import { allocationRoutes } from './allocation/routes.ts';
import type { LicensingContext } from './context.ts';

/** Agreements, seats, leases and what is said of them. */
export function licensingRoutes(app: App, context: LicensingContext): void {
  allocationRoutes(app, context);
}
