import type { AgentSettings, EditionIdentity } from '@imprint/protocol';
import { at, credential, type Device } from './device.ts';
import { agentError } from './errors.ts';
import { readBounded } from './files/durable.ts';
import { isRecord, parseJson } from './state/json.ts';
import { enrolmentRecord } from './state/records.ts';

const maxBytes = 1024 * 1024;

/** Reads one of the press's files. @throws AGENT_SETTINGS_MISSING */
export function readDeviceFile(device: Device, file: string): Buffer {
  const bytes = readBounded(at(device, file), maxBytes);
  if (bytes === undefined) throw agentError('AGENT_SETTINGS_MISSING', { file });
  return bytes;
}

function readStrings<K extends string>(device: Device, file: string, keys: readonly K[]): Record<K, string> {
  const value = parseJson(readDeviceFile(device, file));
  const missing = keys.filter((key) => !isRecord(value) || typeof value[key] !== 'string');
  if (missing.length > 0 || !isRecord(value)) {
    throw agentError('AGENT_SETTINGS_MALFORMED', { file, expected: missing.join(', ') });
  }
  return value as Record<K, string>;
}

function checkedServer(server: string, file: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw agentError('AGENT_SETTINGS_MALFORMED', { file, expected: 'server (http or https address)' });
  }
  return server.replace(/\/+$/, '');
}

/**
 * Where this device reports: the `imprint.server` credential, else where it was enrolled, else the edition's setting.
 * @throws AGENT_SETTINGS_MISSING, AGENT_SETTINGS_MALFORMED, AGENT_STATE_CORRUPT
 */
export function readSettings(device: Device): AgentSettings {
  const file = device.platform.paths.settings;
  const strings = readStrings(device, file, ['server', 'edition', 'channel']);
  const { server, edition, channel } = strings;
  const more = strings as Pick<AgentSettings, 'deviceClass' | 'downloadBytesPerSecond'>;
  const { deviceClass, downloadBytesPerSecond: rate } = more;
  const chosen = credential(device, 'imprint.server') ?? enrolmentRecord.load(device.files)?.server ?? server;
  return {
    ...{ server: checkedServer(chosen, file), edition, channel },
    ...(deviceClass === undefined ? {} : { deviceClass }),
    ...(Number.isSafeInteger(rate) && Number(rate) >= 1024 ? { downloadBytesPerSecond: Number(rate) } : {}),
  };
}

/** What was pressed into this image. @throws AGENT_SETTINGS_MISSING, AGENT_SETTINGS_MALFORMED */
export function readEdition(device: Device): EditionIdentity {
  const keys = ['edition', 'version', 'channel', 'lockSha256'] as const;
  const { edition, version, channel, lockSha256, ...rest } = readStrings(
    device,
    device.platform.paths.edition,
    keys,
  );
  const { windows } = rest as { windows?: unknown };
  const identity = { edition, version, channel, lockSha256 };
  if (!isRecord(windows)) return identity;
  const { editionId, build } = windows;
  return typeof editionId === 'string' && typeof build === 'string'
    ? { ...identity, windows: { editionId, build } }
    : identity;
}
