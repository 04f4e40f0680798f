import type { App } from '../../platform/http/app.ts';
import type { LicensingContext } from './context.ts';

/** Agreements, seats, leases and what is said of them. */
export function licensingRoutes(_app: App, _context: LicensingContext): void {
  // Each part adds its routes here.
}
