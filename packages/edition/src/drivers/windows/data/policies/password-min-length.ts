import { definePolicy } from './model.ts';

export const passwordMinLength = definePolicy({
  id: 'passwordMinLength',
  title: { en: 'Minimum password length', 'zh-CN': '密码最小长度' },
  follows:
    'learn.microsoft.com, "Minimum password length" and `net accounts /minpwlen`; kept in the SAM hive, which only Windows writes',
  editions: 'all',
  fromBuild: 10240,
  carry: (value) => ({
    intended: value,
    firstBoot: {
      id: 'password',
      title: {
        en: `Demand passwords of at least ${value} characters`,
        'zh-CN': `要求密码至少 ${value} 个字符`,
      },
      action: { kind: 'set-password-length', minimum: value },
    },
  }),
});
