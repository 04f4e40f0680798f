import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const automaticLogin = definePolicy({
  id: 'automaticLogin',
  title: { en: 'Automatic login', 'zh-CN': '自动登录' },
  follows: 'learn.microsoft.com, "Turn on automatic logon"; CIS Windows Benchmark, MSS: (AutoAdminLogon)',
  editions: 'all',
  fromBuild: 10240,
  carry: (value) =>
    value
      ? undefined
      : {
          intended: value,
          settings: inSoftware('Microsoft\\Windows NT\\CurrentVersion\\Winlogon', { AutoAdminLogon: '0' }),
        },
});
