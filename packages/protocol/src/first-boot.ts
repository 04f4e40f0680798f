import Type, { type Static } from 'typebox';
import { LocalizedText, Name, Sha256 } from './common.ts';
import { Observed } from './evidence.ts';

const strict = { additionalProperties: false } as const;
/** A file in the payload directory, by name and digest: a step uses nothing else. */
const payload = { file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }), sha256: Sha256 };

/** Takes a provisioned application away for every account, present and future. Source: Remove-AppxProvisionedPackage. */
export const RemoveProvisionedApp = Type.Object(
  { kind: Type.Literal('remove-provisioned-app'), packageFamilyName: Type.String() },
  strict,
);

/** Adds a language package of the vendor's. Source: Add-WindowsPackage. */
export const AddLanguagePack = Type.Object(
  { kind: Type.Literal('add-language-pack'), language: Type.String(), ...payload },
  strict,
);

/** Installs an update of the vendor's; it is seen by the KB number in its file's name. */
export const InstallUpdate = Type.Object({ kind: Type.Literal('install-update'), ...payload }, strict);

/** Runs a component's installer without questions; it may only run if its digest is the stated one. */
export const InstallComponent = Type.Object(
  {
    kind: Type.Literal('install-component'),
    component: Type.String(),
    installer: Type.Union([Type.Literal('msi'), Type.Literal('exe')]),
    arguments: Type.Array(Type.String()),
    ...payload,
    /** Antivirus: installed means that Security Center names it as active, never that an installer ended with 0. */
    securityCenterName: Type.Optional(Type.String()),
  },
  strict,
);

/** Sets the shortest password local accounts may choose. Source: `net accounts`, `secedit /export`. */
export const SetPasswordLength = Type.Object(
  { kind: Type.Literal('set-password-length'), minimum: Type.Integer({ minimum: 0, maximum: 64 }) },
  strict,
);

/** Disables the built-in administrator, whatever it is called (relative identifier 500). */
export const DisableAdministrator = Type.Object({ kind: Type.Literal('disable-administrator') }, strict);

/** Registers the agent's scheduled task from its definition. */
export const RegisterAgentTask = Type.Object(
  { kind: Type.Literal('register-agent-task'), name: Type.String() },
  strict,
);

/** What only Windows itself can do; each step says how it is seen to be done, and is done again only while it is not. */
export const FirstBootAction = Type.Union([
  RemoveProvisionedApp,
  AddLanguagePack,
  InstallUpdate,
  InstallComponent,
  SetPasswordLength,
  DisableAdministrator,
  RegisterAgentTask,
]);
export type FirstBootAction = Static<typeof FirstBootAction>;
export type FirstBootActionKind = FirstBootAction['kind'];

export const FirstBootStep = Type.Object(
  {
    /** Unique in a plan, for instance `remove:Microsoft.BingNews_8wekyb3d8bbwe`. */
    id: Type.String({ minLength: 1 }),
    title: LocalizedText,
    /** Who asked for it: the manifest's pointer, for instance `manifest#/remove/0`. */
    source: Type.String({ minLength: 1 }),
    action: FirstBootAction,
  },
  strict,
);
export type FirstBootStep = Static<typeof FirstBootStep>;

/** `first-boot.json`: steps in the order they are done. Declared, until a device reports what it observes. */
export const FirstBootPlan = Type.Object(
  {
    schema: Type.Literal('imprint/first-boot/v1'),
    edition: Name,
    version: Type.String(),
    lockSha256: Sha256,
    steps: Type.Array(FirstBootStep, { maxItems: 200 }),
  },
  strict,
);
export type FirstBootPlan = Static<typeof FirstBootPlan>;

/**
 * What a device sees of one step: `ok` the effect is observed · `failing` it is observed not to be there ·
 * `unknown` it is declared and cannot be looked at, or nobody has looked yet.
 */
export const FirstBootObservation = Type.Object({ id: Type.String(), ...Observed.properties });
export type FirstBootObservation = Static<typeof FirstBootObservation>;
