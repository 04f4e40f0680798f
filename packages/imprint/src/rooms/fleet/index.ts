export type { FleetContext } from './actions.ts';
export { type CheckInDesk, openCheckInDesk } from './check-in.ts';
export { fleetErrors } from './errors.ts';
export { deviceMigration } from './migrations/0001-device.ts';
export { fleetRoutes } from './routes.ts';
export { agenciesOfDevices, agencyOfDevice, type FleetTables } from './store.ts';
