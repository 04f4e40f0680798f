import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeyScheme,
  openKeyFile,
  type PublicKey,
  parsePublicKey,
  readKeyFileHeader,
  type Signer,
} from '@imprint/trust';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Flag, Input } from './command.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';
import { readPassphrase } from './passphrase.ts';

export const keyFlag: Flag = {
  name: 'key',
  type: 'string',
  value: 'FILE',
  summary: {
    en: 'key file, or the name of one in the state directory',
    'zh-CN': '密钥文件，或状态目录中密钥的名称',
  },
};

/** Largest key file read, bytes. */
const maximumKeyFileBytes = 65_536;

export interface OpenedKey {
  readonly holder: string;
  readonly signers: readonly Signer[];
}

/** Where a holder's key file lives when no path is given. */
export function keyFileOf(context: Context, holder: string): string {
  return join(context.home.keys, `${holder}.key.json`);
}

/** Reads a key file by path, or by holder name from the state directory. */
export async function readKeyText(
  context: Context,
  nameOrFile: string,
): Promise<{ file: string; text: string }> {
  const isName = /^[a-z0-9][a-z0-9-]{0,62}$/.test(nameOrFile);
  const file = isName ? keyFileOf(context, nameOrFile) : context.path(nameOrFile);
  const { size } = await stat(file);
  if (size > maximumKeyFileBytes) throw cliError('CLI_FILE_MALFORMED', { expected: 'a key file', file });
  return { file, text: await readFile(file, 'utf8') };
}

/** Opens the key file a command names, with its passphrase. @throws TRUST_PASSPHRASE_WRONG */
export async function openNamedKey(input: Input, nameOrFile: string, position = 0): Promise<OpenedKey> {
  const { text } = await readKeyText(input.context, nameOrFile);
  const { holder } = readKeyFileHeader(text);
  return openKeyFile(text, await readPassphrase(input, holder, position));
}

const PublicHalf = Type.Object({
  schema: Type.Literal('imprint/public-keys/v1'),
  holder: Type.String(),
  publicKeys: Type.Array(Type.Object({ scheme: Type.String(), pem: Type.String() })),
});

/** The public half in a key file, or in a file that `imprint key show --out` wrote. */
export async function readPublicHalf(
  context: Context,
  nameOrFile: string,
): Promise<{ holder: string; publicKeys: PublicKey[] }> {
  const { file, text } = await readKeyText(context, nameOrFile);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw cliError('CLI_FILE_MALFORMED', { expected: 'JSON', file }, { cause });
  }
  if (!Value.Check(PublicHalf, value))
    return { ...readKeyFileHeader(text), publicKeys: [...readKeyFileHeader(text).publicKeys] };
  return {
    holder: value.holder,
    publicKeys: value.publicKeys.map(({ pem, scheme }) => parsePublicKey(pem, scheme as KeyScheme)),
  };
}

/** Lines that show public keys to people. */
export function publicKeyLines(keys: readonly PublicKey[]): string[] {
  return keys.map((key) => `  ${key.scheme.padEnd(20)} ${key.keyId}`);
}
