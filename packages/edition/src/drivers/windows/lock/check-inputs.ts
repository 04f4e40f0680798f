import { extname } from 'node:path';
import type { ErrorPlace, ImprintError, LockedInput, WindowsManifest } from '@imprint/protocol';
import type { LoadedManifest } from '../../../manifest/index.ts';
import type { ContentStore } from '../../../store/index.ts';
import { windowsLockError } from './errors.ts';
import { type PayloadKind, payloadKindOf } from './payload-kind.ts';

type Component = NonNullable<WindowsManifest['components']>[number];

const installerPackage = { text: 'a .msi', kinds: ['installer-package'] } as const;
const program = { text: 'a .exe', kinds: ['program'] } as const;
/** Updates since Windows 11 24H2 are WIM files. Source: learn.microsoft.com, DISM `/Add-Package`. */
const servicingPackage = { text: 'a .cab or .msu', kinds: ['cabinet', 'image'] } as const;

interface Expected {
  readonly text: string;
  readonly kinds: readonly PayloadKind[];
}

/** What a component's file must be: what its name says, or one of both where it is run. */
function expectedOf({ file = '', installer, role }: Component): Expected | undefined {
  if (role === 'agent') return program;
  const extension = extname(file).toLowerCase();
  if (extension === '.msi') return installerPackage;
  if (extension === '.exe') return program;
  return installer === undefined ? undefined : { text: 'a .msi or .exe, by name too', kinds: [] };
}

/** An input the first boot uses, with what it must be and where the manifest names it. */
interface Payload {
  readonly input: LockedInput;
  readonly expected: Expected | undefined;
  readonly place: ErrorPlace;
}

function payloads(loaded: LoadedManifest<WindowsManifest>, inputs: readonly LockedInput[]): Payload[] {
  const components = loaded.manifest.components ?? [];
  return loaded.files.flatMap(({ role, name, place }) => {
    const input = inputs.find((one) => one.role === role && one.name === name);
    if (input === undefined) return [];
    if (role === 'update' || role === 'language-pack') return [{ input, place, expected: servicingPackage }];
    const component = components.find((one) => one.name === name);
    if (role !== 'component' || component === undefined) return [];
    return [{ input, place, expected: expectedOf(component) }];
  });
}

function duplicates(
  all: readonly Payload[],
  languages: readonly string[],
  place: ErrorPlace,
): ImprintError[] {
  const same = all.flatMap(({ input: { role, name, sha256 }, place: at }, index) => {
    const other = all.slice(0, index).find(({ input }) => input.role === role && input.sha256 === sha256);
    if (other === undefined) return [];
    const params = { role, name, other: other.input.name };
    return [windowsLockError('WINDOWS_LOCK_DUPLICATE', params, { place: at })];
  });
  const twice = languages.filter((language, index) => languages.indexOf(language) !== index);
  return [
    ...same,
    ...twice.map((name) =>
      windowsLockError('WINDOWS_LOCK_DUPLICATE', { role: 'language-pack', name, other: name }, { place }),
    ),
  ];
}

/** Refuses files that the first boot could not use, by their content, and files that come twice. */
export async function inputProblems(
  loaded: LoadedManifest<WindowsManifest>,
  inputs: readonly LockedInput[],
  store: ContentStore,
): Promise<ImprintError[]> {
  const all = payloads(loaded, inputs);
  const languages = (loaded.manifest.base.windows.languagePacks ?? []).map(({ language }) => language);
  const problems = duplicates(all, languages, loaded.placeOf('/base/windows/languagePacks'));
  for (const { input, expected, place } of all) {
    if (expected === undefined) continue;
    const got = await payloadKindOf(store.path(input.sha256));
    if (expected.kinds.includes(got)) continue;
    const params = { name: input.name, expected: expected.text, got };
    problems.push(windowsLockError('WINDOWS_LOCK_PAYLOAD_KIND', params, { place }));
  }
  return problems;
}
