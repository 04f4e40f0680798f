import type { Action } from '../../../plan/model.ts';
import { hasPackage, lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

function desktopFiles(seconds: number) {
  const settings = lines(
    '[org/gnome/desktop/session]',
    `idle-delay=uint32 ${seconds}`,
    '[org/gnome/desktop/screensaver]',
    'lock-enabled=true',
    'lock-delay=uint32 0',
  );
  const locks = lines(
    '/org/gnome/desktop/session/idle-delay',
    '/org/gnome/desktop/screensaver/lock-enabled',
    '/org/gnome/desktop/screensaver/lock-delay',
  );
  return [
    policyFile('/etc/dconf/profile/user', lines('user-db:user', 'system-db:imprint')),
    policyFile('/etc/dconf/db/imprint.d/10-screen-lock', settings),
    policyFile('/etc/dconf/db/imprint.d/locks/10-screen-lock', locks),
  ];
}

export const screenLock = definePolicy({
  id: 'screenLock',
  title: { en: 'Idle sessions are locked or ended', 'zh-CN': '空闲会话自动锁定或结束' },
  follows: 'bash(1) TMOUT; dconf(7) locks; CIS Debian Linux Benchmark, idle shell timeout',
  carry: (value, lock) => {
    const seconds = Number.parseInt(value, 10) * 60;
    const path = '/etc/profile.d/imprint-screen-lock.sh';
    const text = lines(
      '# An idle login shell ends itself.',
      `TMOUT=${seconds}`,
      'readonly TMOUT',
      'export TMOUT',
    );
    const desktop = hasPackage(lock, 'dconf-cli') ? desktopFiles(seconds) : [];
    const compile: Action[] = desktop.length > 0 ? [{ kind: 'run', argv: ['dconf', 'update'] }] : [];
    return {
      intended: value,
      actions: [{ kind: 'write', path, mode: 0o644, text }, ...desktop.map(({ write }) => write), ...compile],
      observe: [
        { kind: 'setting', path, key: 'TMOUT', separator: '=', expected: String(seconds) },
        policyFile(path, text).check,
        ...desktop.map(({ check }) => check),
      ],
    };
  },
});
