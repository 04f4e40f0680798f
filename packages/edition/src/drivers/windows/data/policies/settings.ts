import type { HiveName } from '../../model.ts';
import type { PolicySetting } from './model.ts';

const setter =
  (hive: HiveName) =>
  (key: string, values: Readonly<Record<string, number | string>>): PolicySetting[] =>
    Object.entries(values).map(([name, data]) =>
      typeof data === 'number'
        ? { hive, key, name, type: 'dword', data }
        : { hive, key, name, type: 'sz', data },
    );

/** Values of the machine's software hive, numbers as REG_DWORD and texts as REG_SZ. */
export const inSoftware = setter('software');

/** Values of the system hive. */
export const inSystem = setter('system');

/** Values every new person's hive begins with. */
export const inDefaultUser = setter('default-user');
