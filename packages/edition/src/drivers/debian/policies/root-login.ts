import type { PolicyCheck } from '@imprint/protocol';
import { hasPackage, lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

const remote = policyFile('/etc/ssh/sshd_config.d/10-imprint-root.conf', lines('PermitRootLogin no'));
const locked: PolicyCheck = { kind: 'account', user: 'root', expected: 'locked' };

/** Upstream ships root without a usable password; `console` leaves setting one to the operator's hands on site. */
export const rootLogin = definePolicy({
  id: 'rootLogin',
  title: { en: 'Direct login as root', 'zh-CN': 'root 直接登录' },
  follows: 'shadow(5); sshd_config(5) PermitRootLogin; CIS Debian Linux Benchmark, root access',
  carry: (value, lock) => {
    const ssh = hasPackage(lock, 'openssh-server');
    const observe = [...(value === 'locked' ? [locked] : []), ...(ssh ? [remote.check] : [])];
    if (observe.length === 0)
      observe.push({ kind: 'absent', path: '/etc/ssh/sshd_config.d/10-imprint-root.conf' });
    return { intended: value, actions: ssh ? [remote.write] : [], observe };
  },
});
