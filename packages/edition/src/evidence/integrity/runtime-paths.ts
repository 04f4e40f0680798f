import { matchesPath } from './path-pattern.ts';

interface RuntimePath {
  readonly pattern: string;
  /** Why a running system rewrites it, or why it may be gone from an image. */
  readonly reason: string;
  /** Also holds nothing upstream shipped: a build may empty or remove it. */
  readonly disposable?: true;
}

/** What setupcon(1) compiles at boot from the keyboard and console settings, which themselves are compared. */
const consoleCaches: readonly RuntimePath[] = [
  'cached_UTF-8_del.kmap.gz',
  'cached_Uni2-Fixed16.psf.gz',
  'cached_setup_font.sh',
  'cached_setup_keyboard.sh',
  'cached_setup_terminal.sh',
].map((name) => ({ pattern: `/etc/console-setup/${name}`, reason: 'compiled at boot by setupcon' }));

/** Paths a running system rewrites; a device compares their type, mode and owner but not their content. */
const runtimePaths: readonly RuntimePath[] = [
  ...consoleCaches,
  { pattern: '/etc/machine-id', reason: 'made at first boot, one per device', disposable: true },
  { pattern: '/var/lib/dbus/machine-id', reason: 'a copy of the machine id', disposable: true },
  { pattern: '/etc/hostname', reason: 'the device is named by its agency', disposable: true },
  { pattern: '/etc/resolv.conf', reason: 'written by the network service', disposable: true },
  { pattern: '/etc/adjtime', reason: 'drift of the hardware clock' },
  { pattern: '/etc/.pwd.lock', reason: 'lock file', disposable: true },
  { pattern: '/etc/.updated', reason: 'written by systemd after an update', disposable: true },
  { pattern: '/var/.updated', reason: 'written by systemd after an update', disposable: true },
  { pattern: '/etc/passwd', reason: 'accounts of the device' },
  { pattern: '/etc/shadow', reason: 'accounts of the device' },
  { pattern: '/etc/group', reason: 'accounts of the device' },
  { pattern: '/etc/gshadow', reason: 'accounts of the device' },
  { pattern: '/etc/subuid', reason: 'accounts of the device' },
  { pattern: '/etc/subgid', reason: 'accounts of the device' },
  { pattern: '/etc/passwd-', reason: 'backup of an account file', disposable: true },
  { pattern: '/etc/shadow-', reason: 'backup of an account file', disposable: true },
  { pattern: '/etc/group-', reason: 'backup of an account file', disposable: true },
  { pattern: '/etc/gshadow-', reason: 'backup of an account file', disposable: true },
  { pattern: '/etc/subuid-', reason: 'backup of an account file', disposable: true },
  { pattern: '/etc/subgid-', reason: 'backup of an account file', disposable: true },
  { pattern: '/var/lib/dpkg/status-old', reason: 'backup of a dpkg record', disposable: true },
  { pattern: '/var/lib/dpkg/diversions-old', reason: 'backup of a dpkg record', disposable: true },
  { pattern: '/var/lib/dpkg/statoverride-old', reason: 'backup of a dpkg record', disposable: true },
  { pattern: '/var/lib/apt/lists/**', reason: 'fetched anew by apt', disposable: true },
  { pattern: '/var/lib/apt/daily_lock', reason: 'lock file', disposable: true },
  { pattern: '/var/log/**', reason: 'logs', disposable: true },
  { pattern: '/var/cache/**', reason: 'made anew by the programs that use it', disposable: true },
  { pattern: '/var/tmp/**', reason: 'temporary files', disposable: true },
  { pattern: '/tmp/**', reason: 'temporary files', disposable: true },
  { pattern: '/run/**', reason: 'state of one boot', disposable: true },
  { pattern: '/dev/**', reason: 'made by the kernel at boot', disposable: true },
  { pattern: '/var/lib/systemd/random-seed', reason: 'one per boot', disposable: true },
  {
    pattern: '/var/lib/systemd/catalog/**',
    reason: 'compiled from the message catalogues',
    disposable: true,
  },
  { pattern: '/var/lib/systemd/timers/**', reason: 'when timers last ran' },
  { pattern: '/var/lib/systemd/timesync/**', reason: 'when the clock was last set' },
  { pattern: '/var/lib/systemd/backlight/**', reason: 'brightness of the screen' },
  { pattern: '/var/lib/systemd/rfkill/**', reason: 'state of the radios' },
  { pattern: '/var/lib/private/**', reason: 'state of services with dynamic users' },
  { pattern: '/var/lib/clamav/**', reason: 'virus definitions are renewed daily' },
  { pattern: '/var/lib/imprint-agent/**', reason: 'state of the agent' },
  { pattern: '/var/lib/logrotate/**', reason: 'when logs were last rotated' },
  { pattern: '/var/spool/**', reason: 'queues' },
  { pattern: '/var/mail/**', reason: 'mail of the device' },
  { pattern: '/var/backups/**', reason: 'daily backups of records' },
  { pattern: '/home/**', reason: "people's own files" },
  { pattern: '/root/**', reason: "the administrator's own files" },
  { pattern: '/boot/grub/grubenv', reason: 'which entry was booted last' },
];

/** True where a running system rewrites the path's content. */
export function isVolatile(path: string): boolean {
  return runtimePaths.some(({ pattern }) => matchesPath(pattern, path));
}

/** True where a build may empty or remove what the clean build left at the path. */
export function isDisposable(path: string): boolean {
  return runtimePaths.some(({ pattern, disposable }) => disposable === true && matchesPath(pattern, path));
}
