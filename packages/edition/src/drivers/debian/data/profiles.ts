import type { DebianManifest } from '@imprint/protocol';

type DebianBase = DebianManifest['base']['debian'];
export type Suite = DebianBase['suite'];
export type Profile = DebianBase['profile'];
export type Kernel = NonNullable<DebianBase['kernel']>;

/** Debian's kernels: `cloud` drives virtual machines only and is a third of the size. */
export const kernelPackages: Readonly<Record<Kernel, string>> = {
  cloud: 'linux-image-cloud-amd64',
  generic: 'linux-image-amd64',
};

/** What boots, logs in and can be updated; upstream's essential packages come with it. */
const bootable = [
  ...['apt', 'ca-certificates', 'dbus', 'debian-archive-keyring', 'e2fsprogs', 'initramfs-tools', 'iproute2'],
  ...['kmod', 'libpam-systemd', 'login', 'passwd', 'procps', 'systemd', 'systemd-resolved', 'systemd-sysv'],
  ...['systemd-timesyncd', 'tzdata', 'udev', 'zstd'],
];

/** What systemd parts a suite keeps in packages of their own. */
const suitePackages: Readonly<Record<Suite, readonly string[]>> = {
  bookworm: [],
  trixie: ['systemd-repart'],
};

const profilePackages: Readonly<Record<Profile, readonly string[]>> = {
  'server-minimal': [],
  'desktop-minimal': [
    ...['dconf-cli', 'gdm3', 'gnome-session', 'gnome-shell', 'gnome-terminal', 'nautilus', 'xdg-user-dirs'],
  ],
};

const usualKernel: Readonly<Record<Profile, Kernel>> = {
  'server-minimal': 'cloud',
  'desktop-minimal': 'generic',
};

/** The packages of group `base`, beyond the essential ones. */
export function basePackages({ suite, profile, kernel }: DebianBase): string[] {
  return [
    ...bootable,
    kernelPackages[kernel ?? usualKernel[profile]],
    ...suitePackages[suite],
    ...profilePackages[profile],
  ];
}

/** Upstream tools that press the outputs: they are only unpacked beside the image, never installed into it. */
export const toolPackages: readonly string[] = [
  ...[
    'dosfstools',
    'e2fsprogs',
    'fdisk',
    'gdisk',
    'grub-common',
    'grub-efi-amd64-bin',
    'grub-efi-amd64-signed',
  ],
  ...['grub-pc-bin', 'mtools', 'shim-signed', 'squashfs-tools', 'zstd'],
];
