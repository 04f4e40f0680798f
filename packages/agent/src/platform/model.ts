import type { DeviceClass, DevicePaths, PolicyCheck } from '@imprint/protocol';

type RegistryCheck = Extract<PolicyCheck, { kind: 'registry' }>;

/** A registry value as text: a number in decimal, the strings of a list joined by `|`; `other` has no such text. */
export interface RegistryValue {
  readonly type: RegistryCheck['type'] | 'other';
  readonly text: string;
}

/** `absent`: looked, and not there · `unreadable`: the system could not be asked. */
export type Missing = 'absent' | 'unreadable';

/** Keys are named in full, `HKLM\…` or `HKU\S-1-…\…`. */
export interface Registry {
  readonly read: (key: string, name: string) => RegistryValue | Missing;
  /** Asks for a value to be set; whether it is has to be read. */
  readonly write: (key: string, name: string, value: RegistryValue) => void;
  /** A key and all below it: key → value name → value. */
  readonly tree: (key: string) => ReadonlyMap<string, ReadonlyMap<string, RegistryValue>> | Missing;
  /** Security identifiers of the people whose hives are loaded; undefined where they cannot be listed. */
  readonly loadedUsers: () => readonly string[] | undefined;
}

export interface AntivirusProduct {
  readonly name: string;
  readonly isOn: boolean;
  readonly isUpToDate: boolean;
}

/** What a machine says of its own parts; a part that says nothing, or what its maker never filled in, is absent. */
export interface Hardware {
  readonly board?: string;
  /** The fixed disks that hold the system; never a removable or virtual one. */
  readonly disk?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly deviceClass: DeviceClass;
}

/** The running Windows. What asks returns undefined where there is no answer; what acts returns nothing: look again. */
export interface WindowsSystem {
  readonly registry: Registry;
  readonly services: { readonly state: (name: string) => 'running' | 'not-running' | undefined };
  readonly tasks: {
    /** The definition of a scheduled task, XML. */
    readonly definition: (name: string) => string | Missing;
    readonly register: (name: string, definition: string) => void;
  };
  readonly accounts: {
    readonly minimumPasswordLength: () => number | undefined;
    readonly setMinimumPasswordLength: (length: number) => void;
    readonly isAdministratorDisabled: () => boolean | undefined;
    readonly disableAdministrator: () => void;
  };
  readonly packages: {
    /** Full names of application packages that are provisioned or registered for anyone. */
    readonly applications: () => readonly string[] | undefined;
    readonly removeApplication: (packageFamilyName: string) => void;
    readonly languages: () => readonly string[] | undefined;
    /** Knowledge base numbers of installed updates, for instance `KB5031356`. */
    readonly updates: () => readonly string[] | undefined;
    readonly add: (path: string) => void;
  };
  readonly install: (installer: 'msi' | 'exe', path: string, args: readonly string[]) => void;
  readonly securityCenter: () => readonly AntivirusProduct[] | undefined;
  readonly hardware: () => Hardware | undefined;
}

/** What the agent asks of the operating system below it. */
export interface Platform {
  readonly paths: DevicePaths;
  /** Names this start of the system; `unknown` where it has no name. */
  readonly bootId: () => string;
  readonly hostname: () => string;
  /** Milliseconds since this start of the system; never goes back within one. */
  readonly uptimeMs: () => number;
  readonly hardware: () => Hardware;
  /** Only while Windows itself runs: nothing is asked for a tree that is merely looked at. */
  readonly windows?: WindowsSystem;
}
