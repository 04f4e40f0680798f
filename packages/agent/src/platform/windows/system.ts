import { mkdirSync, rmSync } from 'node:fs';
import { join, win32 } from 'node:path';
import type { CommandRunner } from '../../files/command.ts';
import { readBounded, writeDurably } from '../../files/durable.ts';
import { isRecord } from '../../state/json.ts';
import type { AntivirusProduct, WindowsSystem } from '../model.ts';
import { hardwareOfSigns, hardwareQuery } from './hardware.ts';
import { msiexecArguments } from './msiexec.ts';
import { openPowerShell, type PowerShell } from './powershell.ts';
import { windowsRegistry } from './registry.ts';

const servicingMs = 60 * 60_000;
const maxPolicyBytes = 4 * 1024 * 1024;

const textsOf = (values: readonly unknown[] | undefined): string[] | undefined =>
  values?.filter((value) => typeof value === 'string');

/** The state's number, which no language changes: 4 is running. Source: QueryServiceStatus. */
export function serviceState(printed: string): 'running' | 'not-running' | undefined {
  const [, state] = [...printed.matchAll(/:\s+([0-9a-f]+)\s+[A-Z_]+/g)].map(([, number]) => number);
  if (state === undefined) return undefined;
  return state === '4' ? 'running' : 'not-running';
}

/** What `secedit` exported, an INI file in UTF-16: `MinimumPasswordLength = 8`. */
export function exportedPasswordLength(bytes: Buffer): number | undefined {
  const text = bytes[0] === 0xff ? bytes.toString('utf16le') : bytes.toString('utf8');
  const length = /^MinimumPasswordLength\s*=\s*(\d{1,3})\s*$/m.exec(text)?.[1];
  return length === undefined ? undefined : Number(length);
}

/** Bits 12–15 of `productState` say whether a product is on, bits 4–7 whether its definitions are old. */
export function antivirusProducts(values: readonly unknown[]): AntivirusProduct[] {
  return values.filter(isRecord).flatMap(({ name, state }) => {
    if (typeof name !== 'string' || typeof state !== 'number') return [];
    return [{ name, isOn: (state & 0xf000) === 0x1000, isUpToDate: (state & 0xf0) === 0 }];
  });
}

function withScratch<T>(scratch: string, name: string, action: (path: string) => T): T {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const path = join(scratch, name);
  rmSync(path, { force: true });
  try {
    return action(path);
  } finally {
    rmSync(path, { force: true });
  }
}

const accountsOf = (run: CommandRunner, ask: PowerShell, scratch: string): WindowsSystem['accounts'] => ({
  minimumPasswordLength: () =>
    withScratch(scratch, 'security.inf', (path) => {
      run('secedit.exe', ['/export', '/areas', 'SECURITYPOLICY', '/cfg', path, '/quiet']);
      const bytes = readBounded(path, maxPolicyBytes);
      return bytes === undefined ? undefined : exportedPasswordLength(bytes);
    }),
  setMinimumPasswordLength: (length) => {
    run('net.exe', ['accounts', `/minpwlen:${length}`]);
  },
  isAdministratorDisabled: () => {
    const query = `Get-CimInstance Win32_UserAccount -Filter 'LocalAccount=True' |
      Where-Object { $_.SID -like 'S-1-5-21-*-500' } | ForEach-Object { [bool]$_.Disabled }`;
    const [disabled] = ask(query) ?? [];
    return typeof disabled === 'boolean' ? disabled : undefined;
  },
  disableAdministrator: () => {
    ask("Get-LocalUser | Where-Object { $_.SID.Value -like 'S-1-5-21-*-500' } | Disable-LocalUser");
  },
});

const packagesOf = (run: CommandRunner, ask: PowerShell): WindowsSystem['packages'] => ({
  applications: () =>
    textsOf(
      ask(`Get-AppxProvisionedPackage -Online | ForEach-Object { $_.PackageName }
        Get-AppxPackage -AllUsers | ForEach-Object { $_.PackageFullName }`),
    ),
  removeApplication: (packageFamilyName) => {
    const body = `$name, $publisher = $given -split '_'
      Get-AppxProvisionedPackage -Online |
        Where-Object { $_.PackageName -like "$($name)_*_$publisher" } |
        ForEach-Object { Remove-AppxProvisionedPackage -Online -AllUsers -PackageName $_.PackageName } | Out-Null
      Get-AppxPackage -AllUsers | Where-Object { $_.PackageFamilyName -eq $given } |
        Remove-AppxPackage -AllUsers`;
    ask(body, packageFamilyName, servicingMs);
  },
  languages: () => textsOf(ask('(Get-CimInstance Win32_OperatingSystem).MUILanguages')),
  updates: () => textsOf(ask('Get-CimInstance Win32_QuickFixEngineering | ForEach-Object { $_.HotFixID }')),
  add: (path) => {
    if (/\.msu$/i.test(path)) run('wusa.exe', [path, '/quiet', '/norestart'], { timeoutMs: servicingMs });
    else ask('Add-WindowsPackage -Online -NoRestart -PackagePath $given | Out-Null', path, servicingMs);
  },
});

const tasksOf = (run: CommandRunner, scratch: string): WindowsSystem['tasks'] => ({
  definition: (name) => {
    const answer = run('schtasks.exe', ['/query', '/tn', name, '/xml', 'ONE']);
    if (answer === undefined) return 'unreadable';
    if (answer.stdout.includes('<Task')) return answer.stdout;
    return answer.status === 0 ? 'unreadable' : 'absent';
  },
  register: (name, definition) =>
    withScratch(scratch, 'task.xml', (path) => {
      writeDurably(path, Buffer.from(`\ufeff${definition}`, 'utf16le'), 0o600);
      run('schtasks.exe', ['/create', '/tn', name, '/xml', path, '/f']);
    }),
});

/** Windows through its own programs; `scratch` is a folder that only the agent writes. */
export function windowsSystem(run: CommandRunner, scratch: string): WindowsSystem {
  const ask = openPowerShell(run);
  const products = `Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct |
    ForEach-Object { @{ name = $_.displayName; state = [int]$_.productState } }`;
  return {
    registry: windowsRegistry(run, scratch),
    services: { state: (name) => serviceState(run('sc.exe', ['query', name])?.stdout ?? '') },
    tasks: tasksOf(run, scratch),
    accounts: accountsOf(run, ask, scratch),
    packages: packagesOf(run, ask),
    install: (installer, path, args) => {
      const timeoutMs = servicingMs;
      if (installer === 'exe') run(win32.resolve(path), args, { timeoutMs });
      else run('msiexec.exe', msiexecArguments(path, args), { timeoutMs, isQuoted: true });
    },
    securityCenter: () => {
      const values = ask(products);
      return values === undefined ? undefined : antivirusProducts(values);
    },
    hardware: () => {
      const [signs] = ask(hardwareQuery) ?? [];
      return isRecord(signs) ? hardwareOfSigns(signs) : undefined;
    },
  };
}
