import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimited } from '../../../engine/map-limited.ts';
import { type CatalogMember, writeCatalog } from '../formats/catalog/catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { signFile } from '../tools/osslsigncode.ts';
import type { FixtureVendor } from './fixture-certificates.ts';
import { type FixtureFile, signatureKinds } from './fixture-tree.ts';

/** Where Debian's wine keeps programs that really are PE files. */
const wineDirectory = '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows';
const catalogRoot = '/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}';

export interface VendorFiles {
  readonly certificate: string;
  readonly key: string;
  readonly root: string;
}

export interface FixtureCatalog {
  readonly path: string;
  readonly members: readonly string[];
}

/** Writes the vendor's keys for osslsigncode. */
export async function writeVendorFiles(directory: string, vendor: FixtureVendor): Promise<VendorFiles> {
  const files = { certificate: 'vendor-signer.pem', key: 'vendor-signer.key', root: 'vendor-root.pem' };
  const at = (name: string) => join(directory, name);
  await writeFile(at(files.certificate), vendor.signerCertificate);
  await writeFile(at(files.key), vendor.signerKey, { mode: 0o600 });
  await writeFile(at(files.root), vendor.rootCertificate);
  return { certificate: at(files.certificate), key: at(files.key), root: at(files.root) };
}

/** Gives every file of the tree a file on disk with its bytes, programs signed where the tree says so. */
export async function placeContents(
  directory: string,
  tree: readonly FixtureFile[],
  vendor: VendorFiles,
  epochSeconds: number,
): Promise<ReadonlyMap<string, string>> {
  const placed = await mapLimited(tree, 4, async ({ path, content }, index) => {
    const file = join(directory, `content-${index}`);
    if (content instanceof Uint8Array) await writeFile(file, content);
    else if (content.signed)
      await signFile({ file: join(wineDirectory, content.pe), to: file, ...vendor, epochSeconds });
    else return [path, join(wineDirectory, content.pe)] as const;
    return [path, file] as const;
  });
  return new Map(placed);
}

async function memberOf(file: string): Promise<CatalogMember> {
  const bytes = await readFile(file);
  if (bytes.toString('latin1', 0, 2) === 'MZ')
    return { kind: 'pe', digest: (await authenticodeDigest(file)).digest };
  return { kind: 'flat', digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Writes and signs the catalogs: one for programs without a signature of their own, one for manifests. */
export async function writeCatalogs(
  directory: string,
  contents: ReadonlyMap<string, string>,
  vendor: VendorFiles,
  facts: { readonly epochSeconds: number; readonly version: string },
): Promise<readonly (FixtureCatalog & { readonly file: string })[]> {
  const programs: readonly string[] = signatureKinds.catalog;
  const manifests = [...contents.keys()].filter((path) => path.endsWith('.manifest'));
  const kinds = { Programs: programs, Manifests: manifests };
  return Promise.all(
    Object.entries(kinds).map(async ([name, members]) => {
      const path = `${catalogRoot}/Windows-Client-${name}-Package~31bf3856ad364e35~amd64~~${facts.version}.cat`;
      const listed = await Promise.all(members.map((member) => memberOf(contents.get(member) ?? member)));
      const listIdentifier = createHash('sha256').update(path).digest('hex').slice(0, 32);
      const file = join(directory, `${name}.cat`);
      await writeFile(
        `${file}.unsigned`,
        writeCatalog({ members: listed, listIdentifier, epochSeconds: facts.epochSeconds }),
      );
      const { epochSeconds } = facts;
      await signFile({ file: `${file}.unsigned`, to: file, ...vendor, epochSeconds });
      return { path, members, file };
    }),
  );
}
