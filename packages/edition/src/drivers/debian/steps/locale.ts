import type { DebianLock } from '@imprint/protocol';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { hasPackage, lines, type StepContext } from '../context.ts';

/** From trixie on, systemd and PAM read one file; before, Debian kept it under its older name. */
function languageActions(lock: DebianLock): Action[] {
  const text = lines(`LANG=${lock.manifest.locale.language}`);
  if (lock.manifest.base.debian.suite === 'bookworm')
    return [{ kind: 'write', path: '/etc/default/locale', mode: 0o644, text }];
  return [
    { kind: 'write', path: '/etc/locale.conf', mode: 0o644, text },
    { kind: 'symlink', path: '/etc/default/locale', target: '../locale.conf' },
  ];
}

function keyboardActions(lock: DebianLock): Action[] {
  if (!hasPackage(lock, 'keyboard-configuration')) return [];
  const text = lines(
    'XKBMODEL="pc105"',
    `XKBLAYOUT="${lock.manifest.locale.keyboard}"`,
    'XKBVARIANT=""',
    'XKBOPTIONS=""',
    'BACKSPACE="guess"',
  );
  return [{ kind: 'write', path: '/etc/default/keyboard', mode: 0o644, text }];
}

function timezoneActions(lock: DebianLock): Action[] {
  const { timezone } = lock.manifest.locale;
  const zone = `/usr/share/zoneinfo/${timezone}`;
  const link: Action[] = [
    { kind: 'expect', path: zone },
    { kind: 'symlink', path: '/etc/localtime', target: zone },
  ];
  // From trixie on, tzdata no longer keeps /etc/timezone.
  if (lock.manifest.base.debian.suite === 'trixie') return link;
  return [...link, { kind: 'write', path: '/etc/timezone', mode: 0o644, text: lines(timezone) }];
}

/** Language, keyboard and time zone. Source: locale-gen(8), locale.conf(5), keyboard(5), localtime(5). */
export function localeStep({ lock }: StepContext): StepDefinition {
  const { language, keyboard, timezone } = lock.manifest.locale;
  const generated = language === 'en_US.UTF-8' ? [language] : [language, 'en_US.UTF-8'];
  return {
    id: 'locale',
    kind: 'overlay',
    version: 1,
    settings: { language, keyboard, timezone },
    actions: [
      { kind: 'expect', path: '/usr/sbin/locale-gen' },
      {
        kind: 'write',
        path: '/etc/locale.gen',
        mode: 0o644,
        text: lines(...generated.map((name) => `${name} UTF-8`)),
      },
      { kind: 'run', argv: ['locale-gen'] },
      ...languageActions(lock),
      ...keyboardActions(lock),
      ...timezoneActions(lock),
    ],
  };
}
