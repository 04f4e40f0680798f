import { definePolicy } from './model.ts';

export const rootLogin = definePolicy({
  id: 'rootLogin',
  title: { en: 'Direct login as the built-in administrator', 'zh-CN': '内置管理员直接登录' },
  follows:
    'learn.microsoft.com, "Accounts: Administrator account status"; CIS Windows Benchmark, Accounts; kept in the SAM hive, which only Windows writes',
  editions: 'all',
  fromBuild: 10240,
  // Windows has no account that may log in at the console only and has no password there.
  values: ['locked'],
  carry: (value) => ({
    intended: value,
    firstBoot: {
      id: 'administrator',
      title: { en: 'Disable the built-in administrator', 'zh-CN': '禁用内置管理员' },
      action: { kind: 'disable-administrator' },
    },
  }),
});
