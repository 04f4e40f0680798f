import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ErrorParams, ErrorPlace, ImprintError, LockedInput } from '@imprint/protocol';
import { alternativeIndexes } from './check-antivirus.ts';
import { checkDocument, type DocumentKind, definitionFilesOf } from './check-document.ts';
import { manifestError, type manifestErrors } from './errors.ts';
import { childOf, type Located, pointerTo, valueAt } from './located.ts';

/** `windows-image` is the vendor's; it is pinned apart from the edition's own inputs. */
export type InputRole = LockedInput['role'] | 'windows-image';

/** A file the manifest brings in: `name` is unique within `role`, `path` is absolute. */
export interface InputFile {
  readonly role: InputRole;
  readonly name: string;
  readonly path: string;
  /** The digest the manifest demands. */
  readonly sha256?: string;
  /** Where the manifest names it. */
  readonly place: ErrorPlace;
}

interface Named {
  readonly role: InputRole;
  readonly name: string;
  readonly located: Located | undefined;
  readonly pointer: string;
  readonly sha256?: Located | undefined;
}

const MiB = 1024 * 1024;
const largest: Readonly<Record<InputRole, number>> = {
  component: 1024 * MiB,
  'component-evidence': 16 * MiB,
  'antivirus-definitions': 1024 * MiB,
  'antivirus-alternative': 1024 * MiB,
  'trust-root': MiB,
  'release-root': MiB,
  'archive-key': MiB,
  'mutable-core': MiB,
  'publisher-root': MiB,
  'catalog-signer': MiB,
  'vendor-root': MiB,
  'language-pack': 2048 * MiB,
  update: 4096 * MiB,
  'windows-image': 32 * 1024 * MiB,
};
const documentKinds: Partial<Readonly<Record<InputRole, DocumentKind>>> = {
  'trust-root': 'certificate',
  'publisher-root': 'certificate',
  'vendor-root': 'certificate',
  'mutable-core': 'mutable core',
  'release-root': 'release root',
};

function textOf(located: Located | undefined): string | undefined {
  return located?.kind === 'scalar' && typeof located.value === 'string' ? located.value : undefined;
}

const fileName = (located: Located | undefined) => basename(textOf(located) ?? '');

function componentFiles(component: Located, pointer: string, isAlternative: boolean): Named[] {
  const name = textOf(childOf(component, 'name')) ?? '';
  const named = (key: string, role: InputRole, as = name): Named => ({
    role,
    name: as,
    located: childOf(component, key),
    pointer: pointerTo(pointer, key),
  });
  return [
    {
      ...named('file', isAlternative ? 'antivirus-alternative' : 'component'),
      sha256: childOf(component, 'sha256'),
    },
    named('evidence', 'component-evidence'),
    named('publisherRoot', 'publisher-root'),
    named('definitions', 'antivirus-definitions', fileName(childOf(component, 'definitions'))),
  ];
}

/** What a Windows base names: the vendor's image, its language packs and updates. */
function windowsFiles(root: Located): Named[] {
  const pointer = '/base/windows';
  const listed = (key: string, role: InputRole, child?: string): Named[] => {
    const list = valueAt(root, `${pointer}/${key}`);
    const items = list?.kind === 'list' ? list.items : [];
    return items.map((item, index) => {
      const located = child === undefined ? item : childOf(item, child);
      const at = pointerTo(`${pointer}/${key}`, index);
      return {
        role,
        name: fileName(located),
        located,
        pointer: child === undefined ? at : pointerTo(at, child),
      };
    });
  };
  const image = valueAt(root, `${pointer}/image`);
  const sha256 = valueAt(root, `${pointer}/sha256`);
  return [
    { role: 'windows-image', name: fileName(image), located: image, pointer: `${pointer}/image`, sha256 },
    ...listed('languagePacks', 'language-pack', 'file'),
    ...listed('updates', 'update'),
    ...listed('vendorRoots', 'vendor-root'),
  ];
}

function namedFiles(root: Located): Named[] {
  const components = valueAt(root, '/components');
  const roots = valueAt(root, '/trust/roots');
  const alternatives = alternativeIndexes(components);
  const single = (role: InputRole, pointer: string): Named => {
    const located = valueAt(root, pointer);
    return { role, name: fileName(located), located, pointer };
  };
  return [
    ...(components?.kind === 'list' ? components.items : []).flatMap((component, index) =>
      componentFiles(component, pointerTo('/components', index), alternatives.has(index)),
    ),
    ...(roots?.kind === 'list' ? roots.items : []).map((located, index): Named => {
      return {
        role: 'trust-root',
        name: fileName(located),
        located,
        pointer: pointerTo('/trust/roots', index),
      };
    }),
    ...windowsFiles(root),
    single('release-root', '/trust/releaseRoot'),
    single('mutable-core', '/mutableCore'),
    single('catalog-signer', '/trust/catalogSigner'),
  ];
}

type Refuse = (code: keyof typeof manifestErrors, params: ErrorParams) => void;

/** Resolves a path to a regular file inside the workspace, or refuses it. */
async function locate(directory: string, path: string, role: InputRole, workspace: string, refuse: Refuse) {
  if (isAbsolute(path)) return refuse('MANIFEST_PATH_ABSOLUTE', { path });
  const absolute = resolve(directory, path);
  const real = await realpath(absolute).catch(() => undefined);
  if (relative(workspace, real ?? absolute).split('/')[0] === '..')
    return refuse('MANIFEST_PATH_OUTSIDE', { path, workspace });
  return regularFile(absolute, path, role, refuse);
}

/** Refuses what is no regular file of a size its role may have. */
async function regularFile(absolute: string, path: string, role: InputRole, refuse: Refuse) {
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined || !found.isFile())
    return refuse('MANIFEST_INPUT_MISSING', { path, got: found === undefined ? 'none' : 'something else' });
  if (found.size > largest[role]) {
    const params = { path, limitBytes: largest[role], sizeBytes: found.size };
    return refuse('MANIFEST_INPUT_TOO_LARGE', params);
  }
  return absolute;
}

export interface FoundInputs {
  readonly files: readonly InputFile[];
  readonly problems: readonly ImprintError[];
}

/**
 * Finds every file the merged manifest names and checks what is inside those whose form is known. `image` stands in for
 * the Windows image of the manifest and may lie anywhere: who runs the command names it, not the manifest.
 */
export async function findInputs(root: Located, workspace: string, image?: string): Promise<FoundInputs> {
  const files: InputFile[] = [];
  const problems: ImprintError[] = [];
  const add = (file: InputFile) => {
    const twin = files.find(({ role, name }) => role === file.role && name === file.name);
    if (twin === undefined) files.push(file);
    else if (twin.path !== file.path) {
      const params = { role: file.role, name: file.name };
      problems.push(manifestError('MANIFEST_INPUT_NAME_TAKEN', params, { place: file.place }));
    }
  };
  for (const { role, name, located, pointer, sha256 } of namedFiles(root)) {
    const path = textOf(located);
    if (located === undefined || path === undefined) continue;
    const place = { ...located.place, pointer };
    const refuse: Refuse = (code, params) => void problems.push(manifestError(code, params, { place }));
    const absolute =
      role === 'windows-image' && image !== undefined
        ? await regularFile(resolve(image), image, role, refuse)
        : await locate(located.directory, path, role, workspace, refuse);
    if (absolute === undefined) continue;
    const demanded = textOf(sha256);
    add({
      role,
      name: role === 'windows-image' ? basename(absolute) : name,
      path: absolute,
      place,
      ...(demanded === undefined ? {} : { sha256: demanded }),
    });
    const kind = role === 'antivirus-definitions' ? 'definitions' : documentKinds[role];
    const problem = kind === undefined ? undefined : await checkDocument(kind, absolute, path);
    if (problem !== undefined) refuse(...problem);
    else if (kind === 'definitions') {
      for (const file of await definitionFilesOf(absolute)) {
        const beside = await locate(dirname(absolute), file.name, role, workspace, refuse);
        if (beside !== undefined) add({ role, ...file, path: join(dirname(absolute), file.name), place });
      }
    }
  }
  return { files, problems };
}
