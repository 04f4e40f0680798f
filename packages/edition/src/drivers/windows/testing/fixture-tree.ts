import { createHash } from 'node:crypto';
import type { DescriptorKind } from './security-descriptor.ts';

/** One file of the fixture; paths are inside the image and begin with `/`. */
export interface FixtureFile {
  readonly path: string;
  /** A PE of wine's by name, or the bytes themselves. */
  readonly content: { readonly pe: string; readonly signed: boolean } | Uint8Array;
  /** Further names of the same file. */
  readonly links?: readonly string[];
  readonly descriptor?: DescriptorKind;
  readonly shortName?: string;
  /** Named data streams. */
  readonly streams?: Readonly<Record<string, string>>;
}

const signed = [
  'ntdll.dll',
  'kernel32.dll',
  'kernelbase.dll',
  'advapi32.dll',
  'crypt32.dll',
  'winhttp.dll',
  'services.exe',
  'svchost.exe',
  'notepad.exe',
  'drivers/ndis.sys',
];

const inCatalog = [
  'cmd.exe',
  'regedit.exe',
  'xcopy.exe',
  'ws2_32.dll',
  'bcrypt.dll',
  'rsaenh.dll',
  'gdi32.dll',
  'user32.dll',
  'drivers/http.sys',
  'drivers/usbd.sys',
];

/** Neither signed nor in a catalog, as a few files of every medium are. */
const unsigned = ['msiexec.exe'];

const hex = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** A component's directory name in the form of WinSxS. */
function componentName(name: string, build: string): string {
  const stem = name.replace(/^.*\//, '').replace(/\.\w+$/, '');
  return `amd64_microsoft-windows-${stem}_31bf3856ad364e35_10.0.${build}_none_${hex(name + build, 16)}`;
}

function manifestOf(component: string, file?: string): Uint8Array {
  const line =
    file === undefined ? '' : `  <file name="${file}" destinationPath="$(runtime.system32)\\" />\r\n`;
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">\r\n  <assemblyIdentity name="${component}" version="10.0.19041.1" processorArchitecture="amd64" />\r\n${line}</assembly>\r\n`,
  );
}

/** Programs in System32 with their second name in WinSxS, and the manifests of their components. */
function systemFiles(build: string): FixtureFile[] {
  return [...signed, ...inCatalog, ...unsigned].flatMap((name): FixtureFile[] => {
    const component = componentName(name, build);
    const file = name.replace(/^.*\//, '');
    return [
      {
        path: `/Windows/System32/${name}`,
        content: { pe: file, signed: signed.includes(name) },
        links: [`/Windows/WinSxS/${component}/${file}`],
        descriptor: 'protected',
      },
      {
        path: `/Windows/WinSxS/Manifests/${component}.manifest`,
        content: manifestOf(component, file),
        descriptor: 'protected',
      },
    ];
  });
}

function moreManifests(build: string, count: number): FixtureFile[] {
  return Array.from({ length: count }, (_, i) => {
    const component = componentName(`component-${i}`, build);
    return {
      path: `/Windows/WinSxS/Manifests/${component}.manifest`,
      content: manifestOf(component),
      descriptor: 'protected' as const,
    };
  });
}

const store = '/Program Files/WindowsApps';

/** The apps that image and hive both provision. */
export const provisionedApps = [
  'Microsoft.BingWeather_4.25.20211.0_x64__8wekyb3d8bbwe',
  'Microsoft.XboxApp_48.49.31001.0_x64__8wekyb3d8bbwe',
] as const;

function apps(): FixtureFile[] {
  return provisionedApps.flatMap((name): FixtureFile[] => [
    {
      path: `${store}/${name}/AppxManifest.xml`,
      content: Buffer.from(
        `<?xml version="1.0" encoding="utf-8"?>\r\n<Package><Identity Name="${name.split('_')[0]}" /></Package>\r\n`,
      ),
    },
    { path: `${store}/${name}/AppxBlockMap.xml`, content: Buffer.from('<BlockMap />\r\n') },
    {
      path: `${store}/${name}/app.exe`,
      content: { pe: 'winver.exe', signed: true },
      descriptor: 'protected',
    },
  ]);
}

const loose: readonly FixtureFile[] = [
  {
    path: '/Windows/System32/drivers/etc/hosts',
    content: Buffer.from('# localhost name resolution is handled within DNS itself.\r\n'),
  },
  {
    path: '/Windows/explorer.exe',
    content: { pe: 'explorer.exe', signed: true },
    descriptor: 'protected',
  },
  {
    path: '/Windows/System32/OneDriveSetup.exe',
    content: { pe: 'xpsprint.dll', signed: true },
    descriptor: 'protected',
    shortName: 'ONEDRI~1.EXE',
  },
  { path: '/Windows/Panther/setupinfo', content: Buffer.from('[setup]\r\n') },
  {
    path: '/Windows/Setup/State/State.ini',
    content: Buffer.from('[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n'),
  },
  {
    path: '/Windows/Web/Wallpaper/readme.txt',
    content: Buffer.from('from the internet\r\n'),
    streams: { 'Zone.Identifier': '[ZoneTransfer]\r\nZoneId=3\r\n' },
  },
  { path: '/Windows/Help/zh-CN/使用说明.txt', content: Buffer.from('欢迎使用\r\n') },
  { path: '/Windows/Logs/empty.log', content: Buffer.alloc(0) },
];

/** Directories that a file of the fixture does not bring along, and those with a short name. */
export const fixtureDirectories: Readonly<Record<string, string | undefined>> = {
  '/Program Files': 'PROGRA~1',
  '/Program Files (x86)': 'PROGRA~2',
  '/ProgramData': undefined,
  '/Users/Public': undefined,
  '/Windows/Panther': undefined,
  '/Windows/Setup': undefined,
  '/Windows/SoftwareDistribution': undefined,
  '/Windows/Temp': undefined,
};

/** Describes the fixture's files apart from hives and catalogs. Pure. */
export function fixtureTree(build: string, manifestCount: number): readonly FixtureFile[] {
  return [...systemFiles(build), ...moreManifests(build, manifestCount), ...apps(), ...loose];
}

/** The programs that only a catalog vouches for, and the one nothing does. */
export const signatureKinds = {
  embedded: signed.map((name) => `/Windows/System32/${name}`),
  catalog: inCatalog.map((name) => `/Windows/System32/${name}`),
  none: unsigned.map((name) => `/Windows/System32/${name}`),
} as const;
