import Type, { type Static } from 'typebox';
import { LocalizedText, Sha256 } from './common.ts';

const strict = { additionalProperties: false } as const;
const AbsolutePath = Type.String({ pattern: '^/' });

export const PolicyValue = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
export type PolicyValue = Static<typeof PolicyValue>;

/** The last assignment of `key` over `path` and then its drop-ins in name order, compared as text. */
export const SettingCheck = Type.Object(
  {
    kind: Type.Literal('setting'),
    path: AbsolutePath,
    /** A directory whose files (with `path`'s extension) override `path`, as systemd and pwquality read them. */
    dropIns: Type.Optional(AbsolutePath),
    /** The INI section the key stands in; absent for files without sections. */
    section: Type.Optional(Type.String()),
    key: Type.String(),
    separator: Type.Union([Type.Literal('='), Type.Literal(' ')]),
    expected: Type.String(),
    /** `true`: the setting's own value is what the policy reports as observed. */
    value: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** A regular file with exactly this content. */
export const FileCheck = Type.Object(
  { kind: Type.Literal('file'), path: AbsolutePath, sha256: Sha256 },
  strict,
);

/** Nothing stands at this path. */
export const AbsentCheck = Type.Object({ kind: Type.Literal('absent'), path: AbsolutePath }, strict);

/** A symbolic link with exactly this target. */
export const LinkCheck = Type.Object(
  { kind: Type.Literal('link'), path: AbsolutePath, target: Type.String() },
  strict,
);

/** The package is not installed, by dpkg's status. */
export const PackageAbsentCheck = Type.Object(
  { kind: Type.Literal('package-absent'), package: Type.String() },
  strict,
);

/** A systemd unit: `masked`, `enabled` and `disabled` by its links, `active` and `inactive` as it runs now. */
export const UnitStateCheck = Type.Object(
  {
    kind: Type.Literal('unit-state'),
    unit: Type.String(),
    expected: Type.Union([
      Type.Literal('enabled'),
      Type.Literal('disabled'),
      Type.Literal('masked'),
      Type.Literal('active'),
      Type.Literal('inactive'),
    ]),
  },
  strict,
);

/** `modprobe` is told not to load the module (`install <module> /bin/false`), and it is not loaded now. */
export const KernelModuleBlockedCheck = Type.Object(
  { kind: Type.Literal('kernel-module-blocked'), module: Type.String() },
  strict,
);

/** A kernel parameter as it is now, by its dotted name. */
export const SysctlCheck = Type.Object(
  {
    kind: Type.Literal('sysctl'),
    name: Type.String({ pattern: '^[a-zA-Z0-9_.*-]+$' }),
    expected: Type.String(),
  },
  strict,
);

/** A base chain of the live nftables ruleset with this hook and default policy. */
export const NftRulesetCheck = Type.Object(
  {
    kind: Type.Literal('nft-ruleset'),
    family: Type.Union([Type.Literal('inet'), Type.Literal('ip'), Type.Literal('ip6')]),
    table: Type.String(),
    chain: Type.String(),
    hook: Type.Union([Type.Literal('input'), Type.Literal('forward'), Type.Literal('output')]),
    policy: Type.Union([Type.Literal('drop'), Type.Literal('accept')]),
  },
  strict,
);

/** A line of `/etc/pam.d/<service>` (its `@include`s followed) that names the module, with this option if given. */
export const PamCheck = Type.Object(
  {
    kind: Type.Literal('pam'),
    service: Type.String({ pattern: '^[a-z0-9._-]+$' }),
    type: Type.Union([
      Type.Literal('auth'),
      Type.Literal('account'),
      Type.Literal('password'),
      Type.Literal('session'),
    ]),
    module: Type.String(),
    option: Type.Optional(Type.String()),
  },
  strict,
);

/** Whether an account can be logged in to by password, by its shadow entry. */
export const AccountCheck = Type.Object(
  {
    kind: Type.Literal('account'),
    user: Type.String(),
    expected: Type.Union([Type.Literal('locked'), Type.Literal('password'), Type.Literal('open')]),
  },
  strict,
);

/** Where in a Windows registry: `HKLM` the machine's, `HKU` every signed-in person's. */
export const RegistryRoot = Type.Union([Type.Literal('HKLM'), Type.Literal('HKU')]);
export type RegistryRoot = Static<typeof RegistryRoot>;

/** A registry value, compared as text: a number in decimal, the strings of a list joined by `|`. */
export const RegistryCheck = Type.Object(
  {
    kind: Type.Literal('registry'),
    root: RegistryRoot,
    /** Below the root, with backslashes. */
    key: Type.String({ minLength: 1 }),
    name: Type.String(),
    type: Type.Union([
      Type.Literal('sz'),
      Type.Literal('expand-sz'),
      Type.Literal('multi-sz'),
      Type.Literal('dword'),
      Type.Literal('qword'),
    ]),
    expected: Type.String(),
    /** `true`: the value itself is what the policy reports as observed. */
    value: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** What a first-boot step of this id is observed to have done. */
export const FirstBootCheck = Type.Object(
  { kind: Type.Literal('first-boot'), step: Type.String({ minLength: 1 }) },
  strict,
);

/** One fact a device can look at, named so that it can be looked at on another root too. */
export const PolicyCheck = Type.Union([
  SettingCheck,
  FileCheck,
  AbsentCheck,
  LinkCheck,
  PackageAbsentCheck,
  UnitStateCheck,
  KernelModuleBlockedCheck,
  SysctlCheck,
  NftRulesetCheck,
  PamCheck,
  AccountCheck,
  RegistryCheck,
  FirstBootCheck,
]);
export type PolicyCheck = Static<typeof PolicyCheck>;
export type PolicyCheckKind = PolicyCheck['kind'];

/**
 * One policy as data: what is intended, who asked for it, and how a device sees whether it holds.
 * It holds when every check does; then the device reports `observed` equal to `intended`.
 */
export const PolicyRecord = Type.Object(
  {
    /** The key of the policy baseline, for instance `passwordMinLength`; unique in a list. */
    id: Type.String({ minLength: 1 }),
    title: Type.Optional(LocalizedText),
    intended: PolicyValue,
    /** Who asked for it: the manifest's pointer, for instance `manifest#/policy/passwordMinLength`. */
    source: Type.String({ minLength: 1 }),
    observe: Type.Array(PolicyCheck, { minItems: 1 }),
  },
  strict,
);
export type PolicyRecord = Static<typeof PolicyRecord>;

/** `/usr/lib/imprint/policy.json`: the edition's policies, sorted by id. */
export const PolicyFile = Type.Array(PolicyRecord);
export type PolicyFile = Static<typeof PolicyFile>;
