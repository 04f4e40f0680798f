import { type CheckInRequest, type DeviceReport, messageTypes, protocolVersion } from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { type PostResult, postMessage } from '../http/post.ts';
import { readSettings } from '../settings.ts';
import { takeCounter } from '../state/counter.ts';
import { enrolmentRecord, reportRecord } from '../state/records.ts';
import { keepDirections } from './directions.ts';
import { type DeviceKey, loadDeviceKey } from './key.ts';
import { refusalError } from './refusal.ts';

const longestSeconds = 7 * 86_400;

/** The payload of a check-in. */
export function checkInRequest(
  device: Device,
  key: DeviceKey,
  counter: number,
  report: DeviceReport,
): CheckInRequest {
  return {
    protocol: protocolVersion,
    deviceId: key.deviceId,
    counter,
    issuedAt: device.now().toISOString(),
    bootId: device.platform.bootId(),
    report,
  };
}

/** The compact JWS of a check-in: exactly what travels. */
export function signCheckIn(key: DeviceKey, request: CheckInRequest): string {
  return signJws({ typ: messageTypes.checkIn, kid: key.deviceId }, request, key.signer);
}

/** The key of an enrolled device. @throws AGENT_NOT_ENROLLED */
export function enrolledKey(device: Device): DeviceKey {
  const key = loadDeviceKey(device);
  if (key === undefined || enrolmentRecord.load(device.files) === undefined)
    throw agentError('AGENT_NOT_ENROLLED');
  return key;
}

async function send(device: Device, url: URL, report: DeviceReport, floor: number) {
  const key = enrolledKey(device);
  const counter = takeCounter(device.files, floor);
  const message = signCheckIn(key, checkInRequest(device, key, counter, report));
  return { counter, result: await postMessage(url, message, device.now()) };
}

const conflictCounter = (result: PostResult): number | undefined => {
  if (!('refused' in result) || result.refused.code !== 'FLEET_DEVICE_CONFLICT') return undefined;
  const { counter } = result.refused.params;
  // A counter no device reaches honestly would only use the numbers up.
  return Number.isSafeInteger(counter) && Number(counter) < 2 ** 48 ? Number(counter) : undefined;
};

function directedSeconds(result: PostResult, path: string): number | undefined {
  if ('refused' in result) {
    if (result.refused.code === 'FLEET_CHECK_IN_REPLAYED') return undefined;
    throw refusalError(result.refused, path);
  }
  const seconds = result.accepted.nextCheckInSeconds;
  if (typeof seconds !== 'number' || !(seconds >= 1)) {
    throw agentError('AGENT_ANSWER_MALFORMED', { path, expected: 'nextCheckInSeconds' });
  }
  return Math.min(seconds, longestSeconds);
}

/**
 * Signs and sends a report, keeps what the answer directs; returns when the next is due, in seconds. A conflict is answered once, above the
 * highest counter the server has seen; the server keeps it marked for a person.
 * @throws AGENT_NOT_ENROLLED, AGENT_SERVER_REFUSED, AGENT_SERVER_BUSY, AGENT_ANSWER_MALFORMED and what reaching it throws
 */
export async function checkIn(device: Device, report: DeviceReport): Promise<number | undefined> {
  const url = new URL(`${readSettings(device).server}/v1/check-in`);
  let sent = await send(device, url, report, 0);
  const highest = conflictCounter(sent.result);
  if (highest !== undefined) sent = await send(device, url, report, highest);
  const seconds = directedSeconds(sent.result, url.pathname);
  if ('accepted' in sent.result) keepDirections(device, sent.result.accepted);
  reportRecord.save(device.files, { sentAt: device.now().toISOString(), counter: sent.counter, report });
  return seconds;
}
