import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { minimalHive } from '../formats/regf/minimal-hive.ts';
import { provisionedApps } from './fixture-tree.ts';

/** What the fixture's SOFTWARE says of its Windows. */
export interface WindowsVersionFacts {
  readonly productName: string;
  readonly editionId: string;
  readonly build: number;
  readonly revision: number;
}

type Value = string | number;
type Keys = Readonly<Record<string, Readonly<Record<string, Value>>>>;

const currentVersion = 'Microsoft\\Windows NT\\CurrentVersion';

function software(facts: WindowsVersionFacts): Keys {
  const appx = 'Microsoft\\Windows\\CurrentVersion\\Appx\\AppxAllUserStore\\Applications';
  return {
    [currentVersion]: {
      ProductName: facts.productName,
      EditionID: facts.editionId,
      InstallationType: 'Client',
      CurrentBuild: String(facts.build),
      CurrentBuildNumber: String(facts.build),
      CurrentMajorVersionNumber: 10,
      CurrentMinorVersionNumber: 0,
      DisplayVersion: '22H2',
      UBR: facts.revision,
    },
    ...Object.fromEntries(
      provisionedApps.map((name) => [
        `${appx}\\${name}`,
        { Path: `C:\\Program Files\\WindowsApps\\${name}\\AppxManifest.xml` },
      ]),
    ),
    'Microsoft\\SystemCertificates\\ROOT\\Certificates': {},
    Policies: {},
  };
}

const system: Keys = {
  Select: { Current: 1, Default: 1, Failed: 0, LastKnownGood: 1 },
  'ControlSet001\\Control\\TimeZoneInformation': { TimeZoneKeyName: 'Pacific Standard Time' },
  'ControlSet001\\Control\\Nls\\Language': { Default: '0409', InstallLanguage: '0409' },
  'ControlSet001\\Services\\DiagTrack': { Start: 2, ImagePath: 'svchost.exe -k utcsvc' },
  Setup: { OOBEInProgress: 1 },
};

const user: Keys = {
  'Software\\Microsoft\\Windows\\CurrentVersion\\Run': {
    OneDriveSetup: 'C:\\Windows\\System32\\OneDriveSetup.exe /thfirstsetup',
  },
  'Control Panel\\International': { LocaleName: 'en-US' },
};

function regText(prefix: string, keys: Keys): string {
  const ancestors = Object.keys(keys).flatMap((key) => {
    const parts = key.split('\\');
    return parts.map((_, i) => parts.slice(0, i + 1).join('\\'));
  });
  const sections = [...new Set([...ancestors])].map((key) => {
    const values = Object.entries(keys[key] ?? {}).map(([name, value]) =>
      typeof value === 'number'
        ? `"${name}"=dword:${value.toString(16).padStart(8, '0')}`
        : `"${name}"=hex(1):${[...Buffer.from(`${value}\0`, 'utf16le')].map((byte) => byte.toString(16).padStart(2, '0')).join(',')}`,
    );
    return [`[${prefix}\\${key}]`, ...values, ''].join('\n');
  });
  return ['Windows Registry Editor Version 5.00', '', ...sections, ''].join('\n');
}

async function writeHive(path: string, keys: Keys): Promise<void> {
  await writeFile(path, minimalHive({ name: basename(path) }));
  if (Object.keys(keys).length === 0) return;
  await writeFile(`${path}.reg`, regText('HKEY_FIXTURE', keys));
  await runTool(['hivexregedit', '--merge', path, '--prefix', 'HKEY_FIXTURE', `${path}.reg`]);
}

/** Writes SOFTWARE alone, for another image of the same tree. */
export async function writeSoftwareHive(path: string, facts: WindowsVersionFacts): Promise<void> {
  await writeHive(path, software(facts));
}

/** Writes the hives of a fresh image into a directory and returns their paths inside the image. */
export async function writeFixtureHives(
  directory: string,
  facts: WindowsVersionFacts,
): Promise<Readonly<Record<string, string>>> {
  const config = '/Windows/System32/config';
  const hives: readonly (readonly [string, Keys])[] = [
    [`${config}/SOFTWARE`, software(facts)],
    [`${config}/SYSTEM`, system],
    [`${config}/SAM`, {}],
    [`${config}/SECURITY`, {}],
    [`${config}/DEFAULT`, user],
    ['/Users/Default/NTUSER.DAT', user],
  ];
  const written = await Promise.all(
    hives.map(async ([path, keys]) => {
      const file = join(directory, path.replace(/^.*\//, ''));
      await writeHive(file, keys);
      return [path, file] as const;
    }),
  );
  return Object.fromEntries(written);
}
