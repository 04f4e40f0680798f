import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ComponentSignature, ImprintError, LockedInput, WindowsManifest } from '@imprint/protocol';
import type { LoadedManifest } from '../../../manifest/index.ts';
import { noAuthority } from '../data/no-authority.ts';
import { type SignatureVerdict, verifySignature } from '../tools/osslsigncode.ts';
import { windowsLockError } from './errors.ts';
import type { LockContext } from './model.ts';
import { type PayloadKind, payloadKindOf } from './payload-kind.ts';

const signable: readonly PayloadKind[] = ['program', 'installer-package', 'program-for-another-machine'];

const refusals = {
  mismatch: 'WINDOWS_LOCK_SIGNATURE_MISMATCH',
  unsigned: 'WINDOWS_LOCK_SIGNATURE_NONE',
  untrusted: 'WINDOWS_LOCK_SIGNATURE_UNTRUSTED',
} as const satisfies Record<Exclude<SignatureVerdict['state'], 'verified'>, string>;

interface Judged {
  readonly signature?: ComponentSignature;
  readonly problem?: ImprintError;
}

function judge(
  component: LockedInput,
  root: LockedInput | undefined,
  verdict: SignatureVerdict,
  { files }: LoadedManifest<WindowsManifest>,
): Judged {
  const { state, signerSubject, signerThumbprint } = verdict;
  const { name } = component;
  if (state !== 'verified' && (root !== undefined || state === 'mismatch')) {
    const named = (role: LockedInput['role']) =>
      files.find((file) => file.role === role && file.name === name);
    const [authority, place] = [named('publisher-root')?.path ?? '', named('component')?.place];
    const params = { name, root: basename(authority), signer: signerSubject ?? '-' };
    return { problem: windowsLockError(refusals[state], params, place === undefined ? {} : { place }) };
  }
  const signature: ComponentSignature = {
    component: name,
    state: root !== undefined ? 'verified' : state === 'unsigned' ? 'unsigned' : 'unverified',
    ...(signerSubject === undefined ? {} : { signer: signerSubject }),
    ...(signerThumbprint === undefined ? {} : { thumbprint: signerThumbprint }),
  };
  return { signature };
}

async function isSignable(file: string): Promise<boolean> {
  return signable.includes(await payloadKindOf(file));
}

/**
 * Says whose Authenticode signature each program and installer carries. With a publisher root it must lead there;
 * without one it is told and never called verified. Sorted by component.
 */
export async function componentSignatures(
  loaded: LoadedManifest<WindowsManifest>,
  inputs: readonly LockedInput[],
  { options: { store, signal }, directory }: LockContext,
): Promise<{ signatures: ComponentSignature[]; problems: ImprintError[] }> {
  const nobody = join(directory, 'no-authority.pem');
  await writeFile(nobody, noAuthority);
  const signatures: ComponentSignature[] = [];
  const problems: ImprintError[] = [];
  for (const component of inputs.filter(({ role }) => role === 'component')) {
    const file = store.path(component.sha256);
    const root = inputs.find(({ role, name }) => role === 'publisher-root' && name === component.name);
    if (root === undefined && !(await isSignable(file))) continue;
    const roots = root === undefined ? nobody : store.path(root.sha256);
    const verdict = await verifySignature({ file, roots, signal });
    const { signature, problem } = judge(component, root, verdict, loaded);
    if (signature !== undefined) signatures.push(signature);
    if (problem !== undefined) problems.push(problem);
  }
  return { signatures, problems };
}
