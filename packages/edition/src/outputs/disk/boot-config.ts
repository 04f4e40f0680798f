export interface BootWishes {
  readonly title: string;
  readonly rootFilesystemUuid: string;
  readonly espSerial: string;
  readonly consoles: readonly string[];
}

function serialText(serial: string): string {
  return `${serial.slice(0, 4)}-${serial.slice(4)}`;
}

/** Nobody is there to restart a device whose kernel panicked. Source: Linux `kernel-parameters.txt`, `panic`. */
const panicRestartSeconds = 60;

/** `grub.cfg` on the ESP, for both firmwares: upstream keeps `/vmlinuz` and `/initrd.img` pointing at its newest kernel. */
export function grubConfig({ title, rootFilesystemUuid, consoles }: BootWishes): string {
  const root = `root=UUID=${rootFilesystemUuid} ro panic=${panicRestartSeconds}`;
  const consoleOptions = consoles.map((console) => `console=${console}`).join(' ');
  return [
    'set default=0',
    'set timeout=0',
    `menuentry '${title.replaceAll("'", '')}' {`,
    `  search --no-floppy --fs-uuid --set=root ${rootFilesystemUuid}`,
    `  linux /vmlinuz ${root} ${consoleOptions}`,
    '  initrd /initrd.img',
    '}',
    '',
  ].join('\n');
}

/** What GRUB's BIOS core does first: finds the ESP by its serial number and reads the shared configuration. */
export function earlyConfig({ espSerial }: BootWishes): string {
  return [
    `search.fs_uuid ${serialText(espSerial)} esp`,
    'set prefix=($esp)/EFI/debian',
    'configfile ($esp)/EFI/debian/grub.cfg',
    '',
  ].join('\n');
}
