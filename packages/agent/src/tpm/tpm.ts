import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PublicKey, parsePublicKey } from '@imprint/trust';
import { agentError } from '../errors.ts';
import type { CommandRunner } from '../files/command.ts';

const resourceManager = '/dev/tpmrm0';
const timeoutMs = 30_000;

/** Signing only, and only by this module: the private half never leaves it. Source: TPM 2.0 Part 2 §8.3. */
const attributes = 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda';

/** A TPM 2.0 as the agent uses it. A primary key is made from the module's own seed and `unique`: the same two, the same key. */
export interface Tpm {
  /** @throws AGENT_TPM_UNAVAILABLE */
  primaryKey(unique: Uint8Array): PublicKey;
  /**
   * Signs bytes with the primary key of `unique`, ECDSA with SHA-256 in DER, after making sure that it is `expected`.
   * @throws AGENT_TPM_UNAVAILABLE, AGENT_TPM_KEY_CHANGED
   */
  sign(unique: Uint8Array, expected: PublicKey, bytes: Uint8Array): Uint8Array;
  /** The endorsement key, SPKI as PEM: names the module itself. @throws AGENT_TPM_UNAVAILABLE */
  endorsementKey(): string;
}

interface Bench {
  readonly tool: (name: string, args: readonly string[]) => void;
  readonly path: (name: string) => string;
}

/** The `unique` field of a P-256 template as tpm2-tools reads it from a file: x with its length, y left empty. */
function uniqueField(unique: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(unique.length);
  return Buffer.concat([length, unique]);
}

function makePrimary({ tool, path }: Bench, unique: Uint8Array): PublicKey {
  writeFileSync(path('unique'), uniqueField(unique), { mode: 0o600 });
  const template = ['-C', 'o', '-g', 'sha256', '-G', 'ecc256:ecdsa-sha256:null', '-a', attributes];
  const files = ['-u', path('unique'), '-c', path('key.ctx'), '-f', 'pem', '-o', path('key.pem')];
  tool('tpm2_createprimary', ['-Q', ...template, ...files]);
  return parsePublicKey(readFileSync(path('key.pem'), 'utf8'), 'ecdsa-sha2-nistp256');
}

function signWith({ tool, path }: Bench, bytes: Uint8Array): Uint8Array {
  writeFileSync(path('digest'), createHash('sha256').update(bytes).digest(), { mode: 0o600 });
  const files = ['-c', path('key.ctx'), '-o', path('signature')];
  tool('tpm2_sign', ['-Q', '-g', 'sha256', '-d', '-f', 'plain', ...files, path('digest')]);
  return readFileSync(path('signature'));
}

/** Drives a TPM through tpm2-tools; `scratch` is a directory that only the agent writes. */
export function tpmThroughTools(tcti: string, run: CommandRunner, scratch: string): Tpm {
  const tool = (name: string, args: readonly string[]) => {
    const result = run(name, ['-T', tcti, ...args], { timeoutMs });
    if (result?.status === 0) return;
    const reason = result === undefined ? `no answer of ${name}` : `status ${result.status} of ${name}`;
    throw agentError('AGENT_TPM_UNAVAILABLE', { reason });
  };
  // A module has room for three objects; what a tool leaves loaded is unloaded at once.
  const flushing = (name: string, args: readonly string[]) => {
    try {
      tool(name, args);
    } finally {
      run('tpm2_flushcontext', ['-T', tcti, '-t'], { timeoutMs });
    }
  };
  const onBench = <T>(act: (bench: Bench) => T): T => {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const directory = mkdtempSync(join(scratch, 'tpm-'));
    try {
      return act({ tool: flushing, path: (name) => join(directory, name) });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  return {
    primaryKey: (unique) => onBench((bench) => makePrimary(bench, unique)),
    sign: (unique, expected, bytes) =>
      onBench((bench) => {
        const { keyId } = makePrimary(bench, unique);
        if (keyId !== expected.keyId) {
          throw agentError('AGENT_TPM_KEY_CHANGED', { expected: expected.keyId, got: keyId });
        }
        return signWith(bench, bytes);
      }),
    endorsementKey: () =>
      onBench((bench) => {
        const [context, key] = [bench.path('ek.ctx'), bench.path('ek.pem')];
        bench.tool('tpm2_createek', ['-Q', '-c', context, '-G', 'ecc', '-f', 'pem', '-u', key]);
        return readFileSync(key, 'utf8');
      }),
  };
}

/**
 * The running machine's TPM: where `TPM2TOOLS_TCTI` says, else behind the kernel's resource manager; undefined without
 * one or without tpm2-tools.
 */
export function findTpm(
  env: Readonly<Record<string, string | undefined>>,
  run: CommandRunner,
  scratch: string,
): Tpm | undefined {
  const tcti = env.TPM2TOOLS_TCTI ?? (existsSync(resourceManager) ? `device:${resourceManager}` : undefined);
  if (tcti === undefined || run('tpm2_createprimary', ['--version'])?.status !== 0) return undefined;
  return tpmThroughTools(tcti, run, scratch);
}
