import type { DebianLock } from '@imprint/protocol';
import { diskIdentities } from '../../../plan/identities.ts';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { hasPackage, lines, type StepContext } from '../context.ts';
import { deviceSpecific } from '../scrub.ts';

/** The root partition takes what the disk has; its file system follows at mount. Source: repart.d(5), systemd-growfs(8). */
function growthActions(lock: DebianLock): Action[] {
  const bundled = lock.manifest.base.debian.suite === 'bookworm';
  if (!bundled && !hasPackage(lock, 'systemd-repart')) return [];
  return [
    {
      kind: 'write',
      path: '/etc/repart.d/50-root.conf',
      mode: 0o644,
      text: lines('[Partition]', 'Type=root', 'GrowFileSystem=yes'),
    },
    { kind: 'expect', path: '/usr/lib/systemd/system/sysinit.target.wants/systemd-repart.service' },
  ];
}

/** Host keys are each device's own and made at the first start. Source: ssh-keygen(1) `-A`. */
function hostKeyActions(lock: DebianLock): Action[] {
  if (!hasPackage(lock, 'openssh-server')) return [];
  const text = lines(
    '[Service]',
    'ExecStartPre=',
    'ExecStartPre=/usr/bin/ssh-keygen -A',
    'ExecStartPre=/usr/sbin/sshd -t',
  );
  return [{ kind: 'write', path: '/etc/systemd/system/ssh.service.d/imprint.conf', mode: 0o644, text }];
}

/** The last layer: how the image mounts and grows, and a check that nothing of one device is in it. */
export function sealStep({ lock }: StepContext): StepDefinition {
  const { rootFilesystemUuid, espSerial } = diskIdentities(lock);
  const serial = `${espSerial.slice(0, 4)}-${espSerial.slice(4)}`;
  const fstab = lines(
    `UUID=${rootFilesystemUuid} / ext4 errors=remount-ro,x-systemd.growfs 0 1`,
    `UUID=${serial} /boot/efi vfat umask=0077,nofail,noauto 0 0`,
  );
  return {
    id: 'seal',
    kind: 'overlay',
    version: 1,
    settings: { rootFilesystemUuid },
    actions: [
      { kind: 'write', path: '/etc/fstab', mode: 0o644, text: fstab },
      ...growthActions(lock),
      ...hostKeyActions(lock),
      deviceSpecific,
    ],
  };
}
