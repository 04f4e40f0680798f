import { windowsDevicePaths } from '@imprint/protocol';
import type {
  AntivirusProduct,
  Hardware,
  Platform,
  RegistryValue,
  WindowsSystem,
} from '../platform/model.ts';

/** What a fake Windows is like; a test changes it, and so does the agent. Undefined is what cannot be asked. */
export interface FakeWindows {
  /** Key in lower case → value name in lower case → value. */
  readonly registry: Map<string, Map<string, RegistryValue>>;
  users: string[] | undefined;
  applications: string[] | undefined;
  languages: string[] | undefined;
  updates: string[] | undefined;
  products: AntivirusProduct[] | undefined;
  hardware: Hardware;
  passwordLength: number | undefined;
  isAdministratorDisabled: boolean | undefined;
  securityCenterService: 'running' | 'not-running' | undefined;
  /** False where `reg` does not answer. */
  isRegistryReadable: boolean;
  readonly tasks: Map<string, string>;
  /** What was run, in order. */
  readonly installed: string[][];
  /** What an installer or package does. */
  onInstall: (path: string) => void;
  readonly platform: Platform;
}

const foldKey = (key: string): string =>
  key.toLowerCase().replace(/^hklm/, 'hkey_local_machine').replace(/^hku/, 'hkey_users');

/** A Windows in memory. It shows what the agent decides, not that Windows does what is asked of it. */
export function fakeWindows(): FakeWindows {
  const registry = new Map<string, Map<string, RegistryValue>>();
  const set = (key: string, name: string, value: RegistryValue) => {
    const values = registry.get(foldKey(key)) ?? new Map<string, RegistryValue>();
    registry.set(foldKey(key), values.set(name.toLowerCase(), value));
  };
  const windows: WindowsSystem = {
    registry: {
      read: (key, name) => {
        if (!fake.isRegistryReadable) return 'unreadable';
        return registry.get(foldKey(key))?.get(name.toLowerCase()) ?? 'absent';
      },
      write: set,
      tree: (key) => {
        if (!fake.isRegistryReadable) return 'unreadable';
        const found = [...registry].filter(([path]) => path.startsWith(foldKey(key)));
        return found.length === 0 ? 'absent' : new Map(found);
      },
      loadedUsers: () => fake.users,
    },
    services: { state: () => fake.securityCenterService },
    tasks: {
      definition: (name) => fake.tasks.get(name) ?? 'absent',
      register: (name, definition) => fake.tasks.set(name, definition),
    },
    accounts: {
      minimumPasswordLength: () => fake.passwordLength,
      setMinimumPasswordLength: (length) => {
        fake.passwordLength = length;
      },
      isAdministratorDisabled: () => fake.isAdministratorDisabled,
      disableAdministrator: () => {
        fake.isAdministratorDisabled = true;
      },
    },
    packages: {
      applications: () => fake.applications,
      removeApplication: (family) => {
        const [name = '', publisher = ''] = family.split('_');
        fake.applications = fake.applications?.filter(
          (full) => !(full.startsWith(`${name}_`) && full.endsWith(`_${publisher}`)),
        );
      },
      languages: () => fake.languages,
      updates: () => fake.updates,
      add: (path) => {
        fake.installed.push([path]);
        fake.onInstall(path);
      },
    },
    install: (installer, path, args) => {
      fake.installed.push([installer, path, ...args]);
      fake.onInstall(path);
    },
    securityCenter: () => fake.products,
    hardware: () => fake.hardware,
  };
  const fake: FakeWindows = {
    registry,
    users: [],
    applications: [],
    languages: ['en-US'],
    updates: [],
    products: [],
    hardware: { board: 'B-1', disk: 'D-1', cpu: 'C x1', memory: '16', deviceClass: 'desktop' },
    passwordLength: 0,
    isAdministratorDisabled: false,
    securityCenterService: 'running',
    isRegistryReadable: true,
    tasks: new Map(),
    installed: [],
    onInstall: () => {},
    platform: {
      paths: windowsDevicePaths,
      bootId: () => 'windows-boot-7',
      hostname: () => 'DESK-1',
      uptimeMs: () => 60_000,
      hardware: () => fake.hardware,
      windows,
    },
  };
  return fake;
}

/** Sets a value in a fake registry. */
export const setRegistry = (
  { platform }: FakeWindows,
  key: string,
  name: string,
  type: RegistryValue['type'],
  text: string,
): void => platform.windows?.registry.write(key, name, { type, text });
