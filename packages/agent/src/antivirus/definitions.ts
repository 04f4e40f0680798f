import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DefinitionsManifest, definitionsPath, isImprintError } from '@imprint/protocol';
import {
  encodeEnvelope,
  type Metadata,
  parseEnvelope,
  type RootSigned,
  sha256Hex,
  verifyDefinitions,
} from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { writeDurably } from '../files/durable.ts';
import { type ContentFetch, openContent } from '../http/content.ts';
import { bakedDefinitions } from '../observe/baked-definitions.ts';
import { blobPath } from '../release/evidence.ts';
import { trustedRoot } from '../release/trusted-root.ts';
import { readEdition, readSettings } from '../settings.ts';
import type { DefinitionsOnDisk, Provider } from './contract.ts';
import { heldName } from './records.ts';

const maxEnvelopeBytes = 256 * 1024;
const maxFileBytes = 512 * 1024 * 1024;

/** The signed set held for a provider, if it still verifies under the root trusted now. */
export function heldDefinitions(
  device: Device,
  root: Metadata<RootSigned>,
  provider: string,
): DefinitionsManifest | undefined {
  const bytes = device.files.read(heldName(provider));
  if (bytes === undefined) return undefined;
  try {
    const { edition } = readEdition(device);
    return verifyDefinitions(parseEnvelope(bytes), root, { edition, provider });
  } catch (error) {
    if (isImprintError(error)) return undefined;
    throw error;
  }
}

type SetFile = DefinitionsManifest['files'][number];

function isStaged(path: string, sha256: string): boolean {
  return existsSync(path) && fileDigest(path, 'sha256', Buffer.allocUnsafe(1024 * 1024)).digest === sha256;
}

/** Brings one file of a set here by its digest; one that is here already is not asked for again. */
async function stageFile(fetch: ContentFetch, path: string, file: SetFile, version: string): Promise<void> {
  const { name, sha256, sizeBytes } = file;
  if (isStaged(path, sha256)) return;
  const bytes = await fetch(blobPath(sha256), Math.min(sizeBytes, maxFileBytes));
  if (bytes === undefined) throw agentError('AGENT_DEFINITIONS_MISSING', { name, version });
  const got = sha256Hex(bytes);
  if (got !== sha256) throw agentError('AGENT_DEFINITIONS_DIGEST', { name, expected: sha256, got });
  writeDurably(path, bytes, 0o644);
}

/** Each set lies in a directory of its own; what is left of others is removed. */
async function stage(
  device: Device,
  fetch: ContentFetch,
  { provider, sequence, files, version }: DefinitionsManifest,
): Promise<string> {
  const all = join(device.stateDir, 'antivirus', 'sets', provider);
  const directory = join(all, String(sequence));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(all)) {
    if (name !== String(sequence)) rmSync(join(all, name), { recursive: true, force: true });
  }
  for (const file of files) await stageFile(fetch, join(directory, file.name), file, version);
  return directory;
}

function retiredBy(
  device: Device,
  provider: Provider,
  held: DefinitionsManifest | undefined,
  next: DefinitionsManifest,
): string[] {
  const isInImage = provider.name === 'clamav';
  const old = [...(held?.files ?? []), ...(isInImage ? (bakedDefinitions(device)?.files ?? []) : [])];
  const kept = new Set(next.files.map(({ name }) => name));
  return [...new Set(old.map(({ name }) => name))].filter((name) => !kept.has(name) && !name.includes('/'));
}

async function take(device: Device, provider: Provider, set: DefinitionsOnDisk, version: string) {
  try {
    await provider.definitions('test', set);
  } catch (error) {
    if (!isImprintError(error, 'AGENT_ANTIVIRUS_PROVIDER_FAILED')) throw error;
    const params = { provider: provider.name, version, reason: String(error.params.reason) };
    throw agentError('AGENT_DEFINITIONS_UNUSABLE', params, { cause: error });
  }
  await provider.definitions('use', set);
  device.log(`antivirus: definitions ${version} of ${provider.name} are in use`);
}

/** What a look at a ring's definitions came to. `none`: nothing is published for it, or the root pins nobody who could sign. */
type DefinitionsOutcome = 'new' | 'same' | 'none';

/**
 * Takes the newest signed definitions of a provider and ring: verified under the root, files by digest, loaded by the provider on
 * trial, then put in place. It is asked of no licence. Killed anywhere, the next run goes on; what was held stays until the
 * new set is in place.
 * @throws TRUST_DEFINITIONS_*, AGENT_DEFINITIONS_*, AGENT_ANTIVIRUS_PROVIDER_FAILED and what the fetch throws
 */
export async function refreshDefinitions(
  device: Device,
  provider: Provider,
  ring: string,
): Promise<DefinitionsOutcome> {
  const { edition } = readEdition(device);
  const root = await trustedRoot(device);
  const held = heldDefinitions(device, root, provider.name);
  const fetch = openContent(readSettings(device).server);
  const bytes = await fetch(definitionsPath(edition, provider.name, ring), maxEnvelopeBytes);
  if (bytes === undefined) return 'none';
  const envelope = parseEnvelope(bytes);
  const expected = { edition, provider: provider.name, ring, knownSequence: held?.sequence };
  const manifest = verifyDefinitions(envelope, root, expected);
  if (held?.sequence === manifest.sequence) {
    const { sequence } = manifest;
    if (JSON.stringify(held.files) !== JSON.stringify(manifest.files))
      throw agentError('AGENT_DEFINITIONS_FORKED', { sequence });
    if (await provider.holds(manifest.files)) return 'same';
  }
  const directory = await stage(device, fetch, manifest);
  const { files, version } = manifest;
  const retired = retiredBy(device, provider, held, manifest);
  await take(device, provider, { directory, files, retired }, version);
  device.files.write(heldName(provider.name), encodeEnvelope(envelope));
  rmSync(directory, { recursive: true, force: true });
  return 'new';
}
