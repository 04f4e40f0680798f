import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { type AntivirusDefinitions, type DeviceReport, isImprintError } from '@imprint/protocol';
import { databaseDirectory, socketFile } from '../antivirus/clamav.ts';
import { heldDefinitions } from '../antivirus/definitions.ts';
import { hasOnAccessScanner } from '../antivirus/on-access.ts';
import { type AntivirusOutcome, choiceRecord, outcomeRecord } from '../antivirus/records.ts';
import { at, type Device } from '../device.ts';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';
import { readVirtual } from '../files/virtual.ts';
import { trustedRoot } from '../release/trusted-root.ts';
import { loadReadable } from '../state/json.ts';
import { antivirusDirectiveRecord, releaseRecord } from '../state/records.ts';
import { bakedDefinitions } from './baked-definitions.ts';
import { askClamd } from './clamd.ts';
import { installedPackages } from './dpkg.ts';
import type { Look } from './look.ts';
import { observeSecurityCenter } from './security-center.ts';

type Antivirus = DeviceReport['antivirus'];

/** The newest signed set taken for a provider; undefined where none was, or where the root cannot be read. */
async function signedDefinitions(
  device: Device,
  provider: string,
): Promise<AntivirusDefinitions | undefined> {
  try {
    return heldDefinitions(device, await trustedRoot(device), provider);
  } catch (error) {
    if (isImprintError(error)) return undefined;
    throw error;
  }
}

/** Names of definition files that are not what was signed. */
function differingDefinitions(device: Device, { files }: AntivirusDefinitions): string[] {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const differs = ({ name, sha256 }: AntivirusDefinitions['files'][number]) => {
    if (name.includes('/')) return true;
    try {
      const path = at(device, join(databaseDirectory, name));
      return fileDigest(path, 'sha256', buffer).digest !== sha256;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return true;
    }
  };
  return files.filter(differs).map(({ name }) => name);
}

function judgeDefinitions(look: Look, base: Antivirus, definitions: AntivirusDefinitions): Antivirus {
  const { device, say } = look;
  const differing = differingDefinitions(device, definitions);
  if (differing.length > 0) {
    const names = differing.join(', ');
    const reason = say(`definitions differ from the signed set: ${names}`, `病毒库与已签名的不同：${names}`);
    return { ...base, state: 'failing', reason };
  }
  const approved = releaseRecord.load(device.files)?.release?.antivirusDefinitions;
  const isOlder = approved !== undefined && Date.parse(definitions.builtAt) <= Date.parse(approved.builtAt);
  if (isOlder && approved.version !== definitions.version) {
    const reason = say(
      `definitions ${approved.version} are approved, ${definitions.version} are here`,
      `已批准病毒库 ${approved.version}，本机为 ${definitions.version}`,
    );
    return { ...base, state: 'stale', reason };
  }
  return { ...base, state: 'ok' };
}

const factsOf = (definitions: AntivirusDefinitions | undefined) =>
  definitions === undefined
    ? {}
    : { definitionsVersion: definitions.version, definitionsBuiltAt: definitions.builtAt };

async function observeClamav(look: Look): Promise<Antivirus> {
  const { device, say } = look;
  const observedAt = look.now.toISOString();
  const definitions = (await signedDefinitions(device, 'clamav')) ?? bakedDefinitions(device);
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
    ...factsOf(definitions),
  };
  if (version === undefined) return { ...base, reason: say('clamd does not answer', 'clamd 没有应答') };
  if (definitions === undefined) {
    return { ...base, reason: say('the edition states no definitions set', '此版本未说明病毒库') };
  }
  return judgeDefinitions(look, base, definitions);
}

/** A provider that only its own program can be asked about is as it was when the agent last ran it, and that is its age. */
async function observeScripted(
  look: Look,
  name: string,
  outcome: AntivirusOutcome | undefined,
): Promise<Antivirus> {
  const { device, say } = look;
  const facts = factsOf(await signedDefinitions(device, name));
  if (outcome === undefined || outcome.provider !== name) {
    const reason = say('not looked at since it was chosen', '选定后尚未检查');
    return { state: 'unknown', observedAt: look.now.toISOString(), provider: name, reason, ...facts };
  }
  const { version, isOn, realTime, isHealthy } = outcome;
  const provider = version === undefined ? name : `${name} ${version}`;
  const base = { observedAt: outcome.at, provider, realTime: isOn && realTime, ...facts };
  if (isOn && isHealthy) return { ...base, state: 'ok' };
  return { ...base, state: 'failing', reason: say('it does not say that it is well', '其自身未报告正常') };
}

/** Which provider was directed, where another one protects, and the code of why; and whatever else the last run met. */
function directionOf(device: Device, chosen: string): Pick<Antivirus, 'directed' | 'code'> {
  const outcome = loadReadable(device.files, outcomeRecord);
  const directed = loadReadable(device.files, antivirusDirectiveRecord)?.provider;
  return {
    ...(directed === undefined || directed === chosen ? {} : { directed }),
    ...(outcome?.code === undefined ? {} : { code: outcome.code }),
  };
}

/** Does the chosen scanner answer, with definitions that were signed for it? Unknown where it cannot be asked. */
export async function observeAntivirus(look: Look): Promise<Antivirus> {
  const { device } = look;
  const { windows } = device.platform;
  if (windows !== undefined) return observeSecurityCenter(look, windows);
  const provider = loadReadable(device.files, choiceRecord)?.provider;
  const outcome = loadReadable(device.files, outcomeRecord);
  const observed =
    provider?.adapter === 'script'
      ? await observeScripted(look, provider.name, outcome)
      : await observeClamav(look);
  const known = provider !== undefined || outcome !== undefined;
  return known ? { ...observed, ...directionOf(device, provider?.name ?? 'clamav') } : observed;
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
