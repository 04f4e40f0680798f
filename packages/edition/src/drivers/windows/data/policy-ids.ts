import type { PolicyBaseline } from '@imprint/protocol';

/** The policies of the baseline a Windows base can carry out. */
export const windowsPolicyIds = [
  'automaticLogin',
  'cloudStorage',
  'consumerFeatures',
  'coreDumps',
  'feedbackPrompts',
  'firewall',
  'loginBanner',
  'passwordMinLength',
  'rootLogin',
  'screenLock',
  'telemetry',
  'updateService',
  'usbStorage',
] as const satisfies readonly (keyof PolicyBaseline)[];
