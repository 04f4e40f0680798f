/** What the installer's start is told on the kernel's command line. */
export interface StartOptions {
  /** The medium's own sign, 16 hexadecimal digits; absent: it is installed over the network. */
  readonly medium?: string;
  /** Where the release's content lies, for an installation over the network. */
  readonly source?: string;
  readonly isUnattended: boolean;
  readonly isOem: boolean;
  readonly consoles: readonly string[];
}

/** The words of a kernel command line. */
export function commandLine(options: StartOptions, language: 'en' | 'zh-CN'): string {
  const { medium, source, isUnattended, isOem, consoles } = options;
  return [
    ...(medium === undefined ? [] : [`imprint.medium=${medium}`]),
    ...(source === undefined ? [] : [`imprint.source=${source}`]),
    ...(isUnattended ? ['imprint.install=auto'] : []),
    ...(isOem ? ['imprint.oem'] : []),
    `imprint.lang=${language}`,
    ...consoles.map((console) => `console=${console}`),
  ].join(' ');
}

const title = (text: string) => text.replace(/[^A-Za-z0-9 ._+-]/g, '');

/** GRUB's menu on a medium; unattended media do not wait for a choice. */
export function mediumMenu(name: string, options: StartOptions): string {
  const entry = (label: string, language: 'en' | 'zh-CN') => [
    `menuentry '${label}' {`,
    `  linux /boot/kernel ${commandLine(options, language)}`,
    '  initrd /boot/initrd',
    '}',
  ];
  return [
    'set default=0',
    `set timeout=${options.isUnattended ? 0 : -1}`,
    'serial --unit=0 --speed=115200',
    'terminal_input console serial',
    'terminal_output console serial',
    ...entry(`Install ${title(name)}`, 'en'),
    ...entry(`Install ${title(name)} (zh-CN on a serial terminal)`, 'zh-CN'),
    '',
  ].join('\n');
}

/** The script that iPXE runs: everything it names lies beside it. Source: ipxe.org/scripting. */
export function networkScript(options: StartOptions, language: 'en' | 'zh-CN'): string {
  return [
    '#!ipxe',
    `kernel kernel initrd=initrd ${commandLine(options, language)}`,
    'initrd initrd',
    'boot',
    '',
  ].join('\n');
}
