import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isImprintError } from '@imprint/protocol';
import { type CatalogMember, writeCatalog } from '../formats/catalog/catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { signFile } from '../tools/osslsigncode.ts';
import { windowsPressError } from './errors.ts';
import type { WindowsShop } from './shop.ts';

/** A file that a catalog speaks for, by where it is and its digest. */
export interface CatalogedFile {
  readonly from: string;
  readonly sha256: string;
}

/** PEM files: the signer's certificate with its issuers after it, and its key. */
export interface CatalogSigner {
  readonly certificate: string;
  readonly key: string;
}

async function memberOf({ from, sha256 }: CatalogedFile): Promise<CatalogMember> {
  try {
    return { kind: 'pe', digest: (await authenticodeDigest(from)).digest };
  } catch (error) {
    if (!isImprintError(error, 'WINDOWS_SIGNATURE_NOT_PE')) throw error;
    return { kind: 'flat', digest: sha256 };
  }
}

/** The unsigned catalog of files, each content once; the plan's last step names it. */
export async function catalogOf({ plan }: WindowsShop, files: readonly CatalogedFile[]): Promise<Uint8Array> {
  const members = new Map<string, CatalogMember>();
  for (const file of files) {
    const member = await memberOf(file);
    members.set(member.digest, member);
  }
  const listIdentifier = (plan.steps.at(-1)?.key ?? plan.lockSha256).slice(0, 32);
  return writeCatalog({ members: [...members.values()], listIdentifier, epochSeconds: plan.sourceDateEpoch });
}

async function keyIn(file: string, signer: string): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(file));
  } catch (cause) {
    throw windowsPressError('WINDOWS_PRESS_CATALOG_KEY', { signer, got: 'no readable PEM key' }, { cause });
  }
}

/**
 * Checks that the build was given the key of the lock's catalog signer, before any work, and returns where both are.
 *
 * @throws WINDOWS_PRESS_CATALOG_KEY
 */
export async function catalogSigner({
  lock,
  plan,
  store,
  catalogKey,
  report,
}: WindowsShop): Promise<CatalogSigner | undefined> {
  if (!plan.steps.some(({ actions }) => actions.some(({ kind }) => kind === 'catalog'))) return undefined;
  const input = lock.inputs.find(({ role }) => role === 'catalog-signer');
  if (input === undefined) throw new TypeError('a catalog is planned without a signer in the lock');
  const { name: signer, sha256 } = input;
  if (catalogKey === undefined) throw windowsPressError('WINDOWS_PRESS_CATALOG_KEY', { signer, got: 'none' });
  const key = await keyIn(catalogKey, signer);
  if (!new X509Certificate(await store.read(sha256)).checkPrivateKey(key))
    throw windowsPressError('WINDOWS_PRESS_CATALOG_KEY', { signer, got: 'the key of another certificate' });
  if (key.asymmetricKeyType !== 'rsa') {
    const note = `signatures of ${key.asymmetricKeyType} keys differ each time: two builds will differ in the catalog`;
    report({ at: new Date().toISOString(), stage: 'stage', kind: 'warn', note });
  }
  return { certificate: store.path(sha256), key: catalogKey };
}

/** Signs a catalog at the plan's date and writes it to `to`. @throws WINDOWS_SIGNATURE_FAILED */
export async function signCatalog(
  { plan, signal }: WindowsShop,
  unsigned: Uint8Array,
  to: string,
  signer: CatalogSigner,
): Promise<void> {
  const file = `${to}.unsigned`;
  await writeFile(file, unsigned);
  await signFile({ file, to, ...signer, epochSeconds: plan.sourceDateEpoch, signal });
}
