import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isImprintError } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { runTool } from '../../../tools/run-tool.ts';
import { readCatalogMembers } from '../formats/catalog/read-catalog.ts';
import { readSignedData } from '../formats/catalog/signed-data.ts';
import { embeddedSignature } from '../formats/pe/authenticode-digest.ts';
import { windowsToolError } from './errors.ts';

export interface SignOptions {
  readonly file: string;
  /** Must not exist. */
  readonly to: string;
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
  /** Signing time in epoch seconds; with an RSA key the same time gives the same bytes. */
  readonly epochSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Signs a PE, an MSI or a catalog with SHA-256 and a fixed time, without a timestamp. @throws WINDOWS_SIGNATURE_FAILED */
export async function signFile(options: SignOptions): Promise<void> {
  const { file, to, certificate, key, epochSeconds, signal } = options;
  const how = ['-certs', certificate, '-key', key, '-h', 'sha256', '-time', String(epochSeconds)];
  const result = await runTool(['osslsigncode', 'sign', ...how, '-in', file, '-out', to], {
    signal,
    accept: [0, 1, 255],
  });
  if (result.exitCode !== 0) {
    const lastLines = `${result.stdout}${result.stderr}`.trim();
    throw windowsToolError('WINDOWS_SIGNATURE_FAILED', { file, lastLines });
  }
}

export interface SignatureVerdict {
  /** `mismatch`: what the signature or the catalog says is not true of these bytes. */
  readonly state: 'verified' | 'mismatch' | 'unsigned' | 'untrusted';
  /** What osslsigncode printed of the digest's algorithm, such as SHA256. */
  readonly digestAlgorithm: string | undefined;
  readonly signerSubject: string | undefined;
  /** SHA-1 of the signer's certificate, upper-case hex, as Windows shows it. */
  readonly signerThumbprint: string | undefined;
}

export interface VerifyOptions {
  readonly file: string;
  /** A PEM file of the roots trusted for this. */
  readonly roots: string;
  /** The catalog to look in; the file's own signature is not looked at then. */
  readonly catalog?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Judgement {
  readonly state: SignatureVerdict['state'] | 'unsupported';
  readonly digestAlgorithm: string | undefined;
}

/** Judges by what osslsigncode 2.5 and later print; whatever is not understood is never `verified`. */
function judge(output: string, isSuccess: boolean): Judgement['state'] {
  if (isSuccess && /^Signature verification: ok$/m.test(output)) return 'verified';
  if (/^(No signature found|MSI file has no signature)/m.test(output)) return 'unsigned';
  if (/unsupported input file type|^Unrecognized file type/m.test(output)) return 'unsupported';
  if (/MISMATCH!!!|^Catalog verification: failed|digest failure|signature failure/m.test(output))
    return 'mismatch';
  if (/certificate verify error|^\tError: /m.test(output)) return 'untrusted';
  return 'mismatch';
}

let offlineFlags: Promise<readonly string[]> | undefined;

/** `-ignore-crl` where this osslsigncode has it; before, it looks only where a certificate names a revocation list. */
function revocationFlags(): Promise<readonly string[]> {
  offlineFlags ??= runTool(['osslsigncode', 'verify', '--help'], { accept: [0, 1, 255] }).then((help) =>
    `${help.stdout}${help.stderr}`.includes('-ignore-crl') ? ['-ignore-crl'] : [],
  );
  return offlineFlags;
}

async function runVerify({ file, roots, catalog, signal }: VerifyOptions): Promise<Judgement> {
  const where = catalog === undefined ? [] : ['-catalog', catalog];
  // Without the network there is no revocation list; both stores are pinned to the roots given.
  const how = [...(await revocationFlags()), '-CAfile', roots, '-TSA-CAfile', roots];
  const result = await runTool(['osslsigncode', 'verify', ...how, ...where, '-in', file], {
    signal,
    accept: [0, 1, 255],
  });
  const output = `${result.stdout}\n${result.stderr}`;
  return {
    state: judge(output, result.exitCode === 0),
    digestAlgorithm: /^Message digest algorithm\s*: (\S+)/m.exec(output)?.[1],
  };
}

function signerOf(message: Uint8Array | undefined): X509Certificate | undefined {
  return message === undefined ? undefined : readSignedData(message).signer;
}

async function embeddedSigner(file: string): Promise<X509Certificate | undefined> {
  try {
    return signerOf(await embeddedSignature(file));
  } catch (error) {
    // An MSI, or a table that holds no message: its verdict stands without a name.
    if (isImprintError(error, 'WINDOWS_SIGNATURE_NOT_PE') || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A file that is no program: osslsigncode verifies the catalog, and its members are compared here. */
async function judgeFlatFile(options: VerifyOptions, catalog: string): Promise<Judgement> {
  const verdict = await runVerify({ ...options, file: catalog, catalog: undefined });
  if (verdict.state !== 'verified') return verdict;
  const { sha256 } = await hashFile(options.file);
  const isMember = readCatalogMembers(await readFile(catalog)).some(({ digest }) => digest === sha256);
  return { state: isMember ? 'verified' : 'mismatch', digestAlgorithm: 'SHA256' };
}

/** Says whether the vendor vouches for a file, by its own signature or by a catalog. */
export async function verifySignature(options: VerifyOptions): Promise<SignatureVerdict> {
  const { file, catalog } = options;
  const first = await runVerify(options);
  const isFlat = first.state === 'unsupported';
  const judged = isFlat && catalog !== undefined ? await judgeFlatFile(options, catalog) : first;
  const state = judged.state === 'unsupported' ? 'unsigned' : judged.state;
  const signer =
    state === 'unsigned'
      ? undefined
      : await (catalog === undefined ? embeddedSigner(file) : readFile(catalog).then(signerOf));
  return {
    state,
    digestAlgorithm: judged.digestAlgorithm,
    signerSubject: signer?.subject.split('\n').join(', '),
    signerThumbprint: signer?.fingerprint.replaceAll(':', ''),
  };
}
