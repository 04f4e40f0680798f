export { consoleTail, type Milestone } from './console.ts';
export type { Device } from './device.ts';
export { type RunOptions, runDevice } from './run-device.ts';
