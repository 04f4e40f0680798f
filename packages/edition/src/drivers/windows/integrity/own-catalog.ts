import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCatalogMembers } from '../formats/catalog/read-catalog.ts';
import { verifySignature } from '../tools/osslsigncode.ts';
import type { WimFinding } from './model.ts';
import type { ReadBack } from './read-added.ts';

export interface OwnCatalogInput {
  readonly bytes: Uint8Array;
  /** The added files as read back out of the image, by path; without the catalog itself. */
  readonly files: ReadonlyMap<string, ReadBack>;
  /** PEM file with the signer's certificate and its issuers, where the catalog is signed. */
  readonly signer?: string | undefined;
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** What an edition's own catalog says. `unsigned` and `untrusted` are told, not refused: nobody was named to trust. */
export interface OwnCatalogCheck {
  readonly signature: 'verified' | 'unsigned' | 'untrusted';
  readonly members: number;
  readonly violations: readonly WimFinding[];
}

/** Checks that an edition's catalog lists every added file and nothing else, and that its signature holds. */
export async function checkOwnCatalog(input: OwnCatalogInput): Promise<OwnCatalogCheck> {
  const listed = new Set(readCatalogMembers(input.bytes).map(({ kind, digest }) => `${kind} ${digest}`));
  const keyOf = ({ member: { kind, digest } }: ReadBack) => `${kind} ${digest}`;
  const known = new Set([...input.files.values()].map(keyOf));
  const violations: WimFinding[] = [...input.files]
    .filter(([, file]) => !listed.has(keyOf(file)))
    .map(([path]) => ({ path, facets: ['unplanned'], note: 'is not in the catalog of added files' }));
  for (const member of listed)
    if (!known.has(member))
      violations.push({
        path: 'catalog',
        facets: ['unplanned'],
        note: `lists ${member}, which is not added`,
      });
  const state = await signatureOf(input);
  if (state === 'mismatch')
    violations.push({ path: 'catalog', facets: ['content'], note: 'its signature is about other bytes' });
  return { signature: state === 'mismatch' ? 'untrusted' : state, members: listed.size, violations };
}

async function signatureOf({ bytes, signer, workDir, signal }: OwnCatalogInput) {
  if (signer === undefined) return 'unsigned';
  await mkdir(workDir, { recursive: true });
  const directory = await mkdtemp(join(workDir, 'catalog-'));
  try {
    const file = join(directory, 'added.cat');
    await writeFile(file, bytes);
    return (await verifySignature({ file, roots: signer, signal })).state;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
