import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { AntivirusDefinitions, DeviceReport } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';
import { readVirtual } from '../files/virtual.ts';
import { isRecord, parseJson } from '../state/json.ts';
import { releaseRecord } from '../state/records.ts';
import { askClamd } from './clamd.ts';
import { installedPackages } from './dpkg.ts';
import type { Look } from './look.ts';
import { observeSecurityCenter } from './security-center.ts';

const databaseDirectory = '/var/lib/clamav';
const socketFile = '/run/clamav/clamd.ctl';
const maxDefinitionBytes = 1024 * 1024 * 1024;

function readDefinitions(device: Device): AntivirusDefinitions | undefined {
  const bytes = readBounded(at(device, device.platform.paths.antivirusDefinitions), 1024 * 1024);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return isRecord(value) && Array.isArray(value.files)
    ? (value as unknown as AntivirusDefinitions)
    : undefined;
}

/** Names of definition files that are not what the edition signed. */
function differingDefinitions(device: Device, definitions: AntivirusDefinitions): string[] {
  const differs = ({ name, sha256 }: AntivirusDefinitions['files'][number]) => {
    if (name.includes('/')) return true;
    const bytes = readBounded(at(device, join(databaseDirectory, name)), maxDefinitionBytes);
    return bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256;
  };
  return definitions.files.filter(differs).map(({ name }) => name);
}

/** On-access scanning is true only while `clamonacc` runs. */
function hasOnAccessScanner(device: Device): boolean {
  const proc = at(device, '/proc');
  const isScanner = (pid: string) => {
    try {
      return readFileSync(join(proc, pid, 'comm'), 'utf8').trim() === 'clamonacc';
    } catch {
      return false;
    }
  };
  try {
    return readdirSync(proc).some((name) => /^\d+$/.test(name) && isScanner(name));
  } catch {
    return false;
  }
}

type Antivirus = DeviceReport['antivirus'];

function judgeDefinitions(look: Look, base: Antivirus, definitions: AntivirusDefinitions): Antivirus {
  const { device, say } = look;
  const differing = differingDefinitions(device, definitions);
  if (differing.length > 0) {
    const names = differing.join(', ');
    const reason = say(`definitions differ from the signed set: ${names}`, `病毒库与已签名的不同：${names}`);
    return { ...base, state: 'failing', reason };
  }
  const approved = releaseRecord.load(device.files)?.release?.antivirusDefinitions;
  if (approved !== undefined && approved.version !== definitions.version) {
    const reason = say(
      `definitions ${approved.version} are approved, ${definitions.version} are here`,
      `已批准病毒库 ${approved.version}，本机为 ${definitions.version}`,
    );
    return { ...base, state: 'stale', reason };
  }
  return { ...base, state: 'ok' };
}

/** Does the scanner answer, with the edition's own signed definitions? Unknown where it cannot be asked. */
export async function observeAntivirus(look: Look): Promise<Antivirus> {
  const { device, say } = look;
  const { windows } = device.platform;
  if (windows !== undefined) return observeSecurityCenter(look, windows);
  const observedAt = look.now.toISOString();
  const definitions = readDefinitions(device);
  if (definitions === undefined && installedPackages(device)?.has('clamav-daemon') !== true) {
    return {
      state: 'unknown',
      observedAt,
      reason: say('no antivirus in this edition', '此版本不含杀毒软件'),
    };
  }
  const version = await askClamd(at(device, socketFile), 'VERSION');
  const base: Antivirus = {
    state: 'unknown',
    observedAt,
    provider: version?.split('/')[0] ?? 'ClamAV',
    realTime: hasOnAccessScanner(device),
    ...(definitions === undefined
      ? {}
      : { definitionsVersion: definitions.version, definitionsBuiltAt: definitions.builtAt }),
  };
  if (version === undefined) return { ...base, reason: say('clamd does not answer', 'clamd 没有应答') };
  if (definitions === undefined) {
    return { ...base, reason: say('the edition states no definitions set', '此版本未说明病毒库') };
  }
  return judgeDefinitions(look, base, definitions);
}

const startingSeconds = 600;
const pollMs = 1_000;

/** True while the system is young and its scanner does not answer yet; later, silence is a finding. */
export function isAntivirusStarting(device: Device, antivirus: Antivirus): boolean {
  const seconds = Number(readVirtual(at(device, '/proc/uptime'))?.split(' ')[0] ?? Number.NaN);
  return antivirus.state === 'unknown' && antivirus.provider !== undefined && seconds < startingSeconds;
}

/** Waits until clamd answers, at most `timeoutMs`. */
export async function waitForAntivirus(device: Device, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if ((await askClamd(at(device, socketFile), 'PING')) !== undefined) return;
    await setTimeout(pollMs);
  }
}
