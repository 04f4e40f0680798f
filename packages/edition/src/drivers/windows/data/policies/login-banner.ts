import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

export const loginBanner = definePolicy({
  id: 'loginBanner',
  title: { en: 'Notice before login', 'zh-CN': '登录前提示' },
  follows:
    'Policy CSP LocalPoliciesSecurityOptions/InteractiveLogon_MessageTextForUsersAttemptingToLogOn and _MessageTitle…; CIS Windows Benchmark, Interactive logon',
  editions: managedEditions,
  fromBuild: 10240,
  carry: (value, { manifest: { title } }) => ({
    intended: value.en,
    settings: inSoftware('Microsoft\\Windows\\CurrentVersion\\Policies\\System', {
      legalnoticecaption: `${title['zh-CN']} · ${title.en}`,
      legalnoticetext: `${value['zh-CN']}\r\n${value.en}`,
    }),
  }),
});
