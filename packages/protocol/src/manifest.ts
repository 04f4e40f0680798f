import Type, { type Static } from 'typebox';
import { CryptoProfile, LocalizedText, Name, Sha256 } from './common.ts';

const strict = { additionalProperties: false } as const;
const PackageName = Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]+$', examples: ['clamav-daemon'] });
/** A Debian package's name or a Windows package family name. */
const RemovedName = Type.String({
  pattern: '^([a-z0-9][a-z0-9+.-]+|[A-Za-z0-9][A-Za-z0-9.-]*_[a-z0-9]{13})$',
  examples: ['popularity-contest'],
});
/** A file named relative to the manifest that names it. */
const RelativeFile = Type.String({ minLength: 1, examples: ['roots/gov-root.crt'] });

export const DebianBase = Type.Object(
  {
    suite: Type.Union([Type.Literal('trixie'), Type.Literal('bookworm')]),
    profile: Type.Union([Type.Literal('server-minimal'), Type.Literal('desktop-minimal')]),
    mirror: Type.Optional(Type.String({ format: 'uri' })),
    securityMirror: Type.Optional(Type.String({ format: 'uri' })),
    /** `cloud` drives virtual machines only; the profile chooses if it is not given. */
    kernel: Type.Optional(Type.Union([Type.Literal('cloud'), Type.Literal('generic')])),
    /** Further upstream packages beyond the profile's. */
    packages: Type.Optional(Type.Array(PackageName)),
  },
  strict,
);

/** A Windows image that its licensee brings along; Imprint carries none. */
export const WindowsBase = Type.Object(
  {
    /** A `.wim`, the first part of a split set (`.swm`), or an installation medium (`.iso`). */
    image: Type.String({ minLength: 1, examples: ['install.wim'] }),
    /** Which image of the file, from 1. */
    index: Type.Integer({ minimum: 1, maximum: 64 }),
    /** SHA-256 of the file, as the vendor publishes it. */
    sha256: Type.Optional(Sha256),
    /** Authorities (PEM, one a file) that the vendor's own signatures lead to; without them their state stays unknown. */
    vendorRoots: Type.Optional(Type.Array(RelativeFile)),
    /** Languages beyond the image's own, added at the first boot from the vendor's packages. */
    languagePacks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            language: Type.String({ pattern: '^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}$', examples: ['zh-CN'] }),
            file: RelativeFile,
          },
          strict,
        ),
      ),
    ),
    /** The vendor's cumulative updates (`.msu`, `.cab`), installed in this order at the first boot. */
    updates: Type.Optional(Type.Array(RelativeFile)),
  },
  strict,
);
export type WindowsBase = Static<typeof WindowsBase>;

/** How a component's installer is run on Windows, without questions. */
const Installer = Type.Object(
  {
    /** Arguments of the `.exe`, or properties and switches for `msiexec /i`. */
    arguments: Type.Array(Type.String({ minLength: 1, examples: ['/qn'] })),
  },
  strict,
);

export const Component = Type.Object(
  {
    role: Type.Union([
      Type.Literal('antivirus'),
      Type.Literal('agent'),
      Type.Literal('cryptography'),
      Type.Literal('office'),
      Type.Literal('browser'),
      Type.Literal('other'),
    ]),
    name: Type.String({ minLength: 1 }),
    supplier: Type.String({ minLength: 1 }),
    origin: Type.Union([Type.Literal('local'), Type.Literal('upstream')]),
    /** An upstream package. Exactly one of `package` and `file` is given. */
    package: Type.Optional(PackageName),
    /** A local `.deb`, `.msi` or `.exe`, with its digest. */
    file: Type.Optional(RelativeFile),
    sha256: Type.Optional(Sha256),
    /** The supplier's evidence about this part (licence, test report, attestation). */
    evidence: Type.Optional(RelativeFile),
    /** Antivirus only: which of several is in the image; a device installs another one when it is told to run it. */
    default: Type.Optional(Type.Boolean()),
    /** Antivirus only: its name in releases, directives and definitions; where `name` is not of that form. */
    provider: Type.Optional(Name),
    /** Antivirus only: how people are shown it; `name` by default. */
    title: Type.Optional(LocalizedText),
    /** Antivirus only: who speaks with it, the agent's own ClamAV or a program of the provider's. */
    adapter: Type.Optional(Type.Union([Type.Literal('clamav'), Type.Literal('script')])),
    /** Antivirus only: until when a device may be told to change to it. */
    approvedUntil: Type.Optional(Type.String({ format: 'date-time', examples: ['2027-12-31T00:00:00Z'] })),
    /** Antivirus only: what it sends out of a device, in words; absent: nothing. */
    sendsOut: Type.Optional(Type.Array(LocalizedText)),
    /** Antivirus only: the edition's own signed definitions set. */
    definitions: Type.Optional(RelativeFile),
    /** Windows only: how the file is installed at the first boot; without it the file is placed and not run. */
    installer: Type.Optional(Installer),
    /** Windows only: the authority its publisher's Authenticode signature must lead to, PEM. */
    publisherRoot: Type.Optional(RelativeFile),
    /** Windows antivirus only: the name under which it registers with Security Center. */
    securityCenterName: Type.Optional(Type.String({ minLength: 1 })),
  },
  strict,
);
export type Component = Static<typeof Component>;

export const PolicyBaseline = Type.Object(
  {
    telemetry: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('upstream')])),
    screenLock: Type.Optional(Type.String({ pattern: '^[1-9][0-9]*m$', examples: ['10m'] })),
    passwordMinLength: Type.Optional(Type.Integer({ minimum: 6, maximum: 64 })),
    usbStorage: Type.Optional(
      Type.Union([Type.Literal('allow'), Type.Literal('read-only'), Type.Literal('deny')]),
    ),
    firewall: Type.Optional(Type.Union([Type.Literal('deny-incoming'), Type.Literal('off')])),
    automaticLogin: Type.Optional(Type.Boolean()),
    rootLogin: Type.Optional(Type.Union([Type.Literal('console'), Type.Literal('locked')])),
    coreDumps: Type.Optional(Type.Boolean()),
    loginBanner: Type.Optional(LocalizedText),
    /** Suggested and silently installed applications of the vendor's partners. */
    consumerFeatures: Type.Optional(Type.Union([Type.Literal('off'), Type.Literal('upstream')])),
    /** The vendor's own cloud storage client. */
    cloudStorage: Type.Optional(Type.Union([Type.Literal('off'), Type.Literal('upstream')])),
    /** Questions the system itself asks its users for the vendor. */
    feedbackPrompts: Type.Optional(Type.Union([Type.Literal('off'), Type.Literal('upstream')])),
    /** Where the system's own update client may ask: only the edition's service, or the vendor's. */
    updateService: Type.Optional(Type.Union([Type.Literal('edition'), Type.Literal('upstream')])),
  },
  strict,
);
export type PolicyBaseline = Static<typeof PolicyBaseline>;

/** What is wanted of an edition, in one language for every base. Paths are relative to the file that states them. */
export const EditionManifest = Type.Object(
  {
    apiVersion: Type.Literal('imprint/v1'),
    edition: Name,
    version: Type.String({ pattern: '^[0-9]{4}\\.[0-9]{2}\\.[0-9]+$', examples: ['2026.11.0'] }),
    title: LocalizedText,
    /** Exactly one of them. */
    base: Type.Object({ debian: Type.Optional(DebianBase), windows: Type.Optional(WindowsBase) }, strict),
    locale: Type.Object(
      {
        language: Type.String({ pattern: '^[a-z]{2,3}_[A-Z]{2}\\.UTF-8$', examples: ['zh_CN.UTF-8'] }),
        timezone: Type.String({ pattern: '^[A-Za-z_]+(/[A-Za-z_+-]+)*$', examples: ['Asia/Shanghai'] }),
        keyboard: Type.String({ pattern: '^[a-z]{2,3}$', examples: ['cn'] }),
        fonts: Type.Optional(
          Type.Array(Type.Union([Type.Literal('noto-cjk'), Type.Literal('wqy-microhei')])),
        ),
        inputMethod: Type.Optional(
          Type.Union([Type.Literal('fcitx5-chinese'), Type.Literal('ibus-libpinyin')]),
        ),
      },
      strict,
    ),
    /** Debian packages by name; Windows provisioned applications by package family name. */
    remove: Type.Optional(Type.Array(RemovedName)),
    components: Type.Optional(Type.Array(Component)),
    trust: Type.Object(
      {
        profile: CryptoProfile,
        /** National or agency certificate authorities the edition trusts, PEM. */
        roots: Type.Optional(Type.Array(RelativeFile)),
        /** The initial TUF root a device pins; the command line may give it instead. */
        releaseRoot: Type.Optional(RelativeFile),
        /** Windows only: the certificate (PEM, its issuers after it) under which the catalog of added files is signed. */
        catalogSigner: Type.Optional(RelativeFile),
      },
      strict,
    ),
    policy: Type.Optional(PolicyBaseline),
    services: Type.Object(
      {
        imprint: Type.String({ format: 'uri' }),
        channel: Type.Optional(Name),
        /** Windows only: the update service the operator runs, which `updateService: edition` points devices at. */
        windowsUpdate: Type.Optional(Type.String({ format: 'uri', examples: ['https://updates.example'] })),
      },
      strict,
    ),
    /** The vendor's agreed list of core paths an edition may change. */
    mutableCore: Type.Optional(RelativeFile),
    outputs: Type.Array(
      Type.Union([
        Type.Literal('rootfs'),
        Type.Literal('squashfs'),
        Type.Literal('disk'),
        Type.Literal('wim'),
        Type.Literal('swm'),
        Type.Literal('iso'),
        Type.Literal('esd'),
      ]),
      {
        minItems: 1,
        uniqueItems: true,
      },
    ),
  },
  strict,
);
type AnyManifest = Static<typeof EditionManifest>;
export type DebianManifest = Omit<AnyManifest, 'base'> & { base: { debian: Static<typeof DebianBase> } };
export type WindowsManifest = Omit<AnyManifest, 'base'> & { base: { windows: WindowsBase } };
export type EditionManifest = DebianManifest | WindowsManifest;

export function isWindowsManifest(manifest: EditionManifest): manifest is WindowsManifest {
  return 'windows' in manifest.base;
}

/** Why a core path may differ: one text for every reader, or one in each language. */
const Reason = Type.Union([Type.String({ minLength: 1 }), LocalizedText]);
export type Reason = Static<typeof Reason>;

/** The vendor's agreement: core paths that may differ, each with its reason. Signed by the vendor before any build. */
export const MutableCore = Type.Object(
  {
    apiVersion: Type.Literal('imprint/v1'),
    vendor: Type.String({ minLength: 1 }),
    /** `path` is absolute; a trailing `/**` covers a subtree. */
    mutable: Type.Array(Type.Object({ path: Type.String({ pattern: '^/' }), reason: Reason }, strict)),
  },
  strict,
);
export type MutableCore = Static<typeof MutableCore>;
