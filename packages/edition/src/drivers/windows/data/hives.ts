import type { HiveName } from '../model.ts';

/** Where each hive that an edition edits lies in an image. `NTUSER.DAT` is what every new person's hive is copied from. */
export const hivePaths = {
  software: '/Windows/System32/config/SOFTWARE',
  system: '/Windows/System32/config/SYSTEM',
  'default-user': '/Users/Default/NTUSER.DAT',
} as const satisfies Readonly<Record<HiveName, string>>;
