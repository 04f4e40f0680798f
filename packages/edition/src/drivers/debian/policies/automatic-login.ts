import type { PolicyCheck } from '@imprint/protocol';
import type { Action } from '../../../plan/model.ts';
import { hasPackage, lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

const consoles = ['getty@tty1.service', 'serial-getty@ttyS0.service', 'console-getty.service'];
const absent = consoles.map(
  (unit): PolicyCheck => ({ kind: 'absent', path: `/etc/systemd/system/${unit}.d/autologin.conf` }),
);

const lightdm = policyFile(
  '/etc/lightdm/lightdm.conf.d/50-imprint.conf',
  lines('[Seat:*]', 'autologin-user=', 'allow-guest=false'),
);

export const automaticLogin = definePolicy({
  id: 'automaticLogin',
  title: { en: 'Automatic login', 'zh-CN': '自动登录' },
  follows: 'agetty(8) --autologin; LightDM seat settings; CIS Debian Linux Benchmark, display manager',
  carry: (value, lock) => {
    if (value) return undefined;
    const managed = hasPackage(lock, 'lightdm');
    const actions: Action[] = managed ? [lightdm.write] : [];
    return { intended: value, actions, observe: managed ? [...absent, lightdm.check] : absent };
  },
});
