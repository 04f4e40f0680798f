import { lines } from '../context.ts';
import { definePolicy } from './model.ts';

export const passwordMinLength = definePolicy({
  id: 'passwordMinLength',
  title: { en: 'Minimum password length', 'zh-CN': '密码最小长度' },
  follows: 'pwquality.conf(5) minlen and its drop-in directory; CIS Debian Linux Benchmark, password length',
  needs: ['libpam-pwquality'],
  carry: (value) => ({
    intended: value,
    actions: [
      {
        kind: 'write',
        path: '/etc/security/pwquality.conf.d/50-imprint.conf',
        mode: 0o644,
        text: lines(`minlen = ${value}`, 'enforce_for_root'),
      },
    ],
    observe: [
      {
        kind: 'setting',
        path: '/etc/security/pwquality.conf',
        dropIns: '/etc/security/pwquality.conf.d',
        key: 'minlen',
        separator: '=',
        expected: String(value),
        value: true,
      },
      { kind: 'pam', service: 'common-password', type: 'password', module: 'pam_pwquality.so' },
    ],
  }),
});
