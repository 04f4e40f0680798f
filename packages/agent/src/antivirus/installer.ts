import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AntivirusProvider } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { fileDigest } from '../files/digest.ts';
import { writeDurably } from '../files/durable.ts';
import { openContent } from '../http/content.ts';
import { blobPath } from '../release/evidence.ts';
import { readSettings } from '../settings.ts';
import type { Provider } from './contract.ts';
import { rememberFiles } from './installed-files.ts';

const maxBytes = 1024 * 1024 * 1024;

/**
 * Installs a provider from the package its approved release names by digest, checked right before it is used.
 * @throws AGENT_ANTIVIRUS_INSTALLER_MISSING, AGENT_ANTIVIRUS_INSTALLER_DIGEST, AGENT_ANTIVIRUS_INSTALL_FAILED,
 * AGENT_ANTIVIRUS_PROVIDER_FAILED and what the fetch throws
 */
export async function installProvider(
  device: Device,
  provider: Provider,
  { name, installer }: AntivirusProvider,
): Promise<void> {
  if (installer === undefined) throw agentError('AGENT_ANTIVIRUS_ABSENT', { provider: name });
  const { sha256, sizeBytes } = installer;
  const directory = join(device.stateDir, 'antivirus', 'installers');
  const file = join(directory, `${sha256}.deb`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const digestOf = () => fileDigest(file, 'sha256', Buffer.allocUnsafe(1024 * 1024)).digest;
  if (!existsSync(file) || digestOf() !== sha256) {
    const fetch = openContent(readSettings(device).server);
    const bytes = await fetch(blobPath(sha256), Math.min(sizeBytes, maxBytes));
    if (bytes === undefined)
      throw agentError('AGENT_ANTIVIRUS_INSTALLER_MISSING', { provider: name, sha256 });
    const got = sha256Hex(bytes);
    if (got !== sha256)
      throw agentError('AGENT_ANTIVIRUS_INSTALLER_DIGEST', { provider: name, expected: sha256, got });
    writeDurably(file, bytes, 0o600);
  }
  const got = digestOf();
  if (got !== sha256)
    throw agentError('AGENT_ANTIVIRUS_INSTALLER_DIGEST', { provider: name, expected: sha256, got });
  await provider.install(file);
  rememberFiles(device, installer.package);
  rmSync(file, { force: true });
}
