import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const screenLock = definePolicy({
  id: 'screenLock',
  title: { en: 'Idle sessions are locked', 'zh-CN': '空闲会话自动锁定' },
  follows:
    'Policy CSP LocalPoliciesSecurityOptions/InteractiveLogon_MachineInactivityLimit; CIS Windows Benchmark, Machine inactivity limit',
  editions: managedEditions,
  fromBuild: 10240,
  carry: (value) => ({
    intended: value,
    settings: inSoftware('Microsoft\\Windows\\CurrentVersion\\Policies\\System', {
      InactivityTimeoutSecs: Number.parseInt(value, 10) * 60,
    }),
  }),
});
