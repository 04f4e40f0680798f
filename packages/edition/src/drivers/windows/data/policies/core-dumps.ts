import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware, inSystem } from './settings.ts';

export const coreDumps = definePolicy({
  id: 'coreDumps',
  title: { en: 'Memory images of crashed programs', 'zh-CN': '程序崩溃转储' },
  follows:
    'learn.microsoft.com, "Memory dump file options" (CrashDumpEnabled); ErrorReporting.admx, WerDisable_2',
  editions: managedEditions,
  fromBuild: 10240,
  carry: (value) =>
    value
      ? undefined
      : {
          intended: value,
          settings: [
            ...inSystem('{controlSet}\\Control\\CrashControl', { CrashDumpEnabled: 0 }),
            ...inSoftware('Policies\\Microsoft\\Windows\\Windows Error Reporting', { Disabled: 1 }),
          ],
        },
});
