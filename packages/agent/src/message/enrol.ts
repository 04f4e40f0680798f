import { arch } from 'node:os';
import { type EnrolRequest, messageTypes, protocolVersion } from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import { machineSerialDigest } from '../deploy/serial.ts';
import { credential, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { postMessage } from '../http/post.ts';
import { readEdition, readSettings } from '../settings.ts';
import { type Enrolment, enrolmentRecord } from '../state/records.ts';
import { adoptNextKey, type DeviceKey, ensureDeviceKey, ensureNextKey, forgetNextKey } from './key.ts';
import { refusalError } from './refusal.ts';

const debianArchitecture: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  loong64: 'loong64',
};

function addressOf(device: Device, server: string | undefined): string {
  return server ?? readSettings(device).server;
}

/** The payload of an enrolment. A serial number's digest goes only with a token whose list it is looked up in. */
export function enrolRequest(device: Device, token: string): EnrolRequest {
  const serialSha256 = token.startsWith('dep_') ? machineSerialDigest(device) : undefined;
  return {
    protocol: protocolVersion,
    token,
    issuedAt: device.now().toISOString(),
    edition: readEdition(device).edition,
    channel: readSettings(device).channel,
    hostname: device.platform.hostname(),
    architecture: debianArchitecture[arch()] ?? arch(),
    ...(serialSha256 === undefined ? {} : { serialSha256 }),
  };
}

/** Sends an enrolment with a key that is durable already, so that a lost reply can be asked for again. */
async function sendEnrolment(
  device: Device,
  { signer, jwk, deviceId }: DeviceKey,
  token: string,
  server: string | undefined,
): Promise<Enrolment> {
  const request = enrolRequest(device, token);
  const url = new URL(`${addressOf(device, server)}/v1/enrol`);
  const message = signJws({ typ: messageTypes.enrol, jwk }, request, signer);
  const result = await postMessage(url, message, device.now());
  if ('refused' in result) throw refusalError(result.refused, url.pathname);
  const { deviceId: accepted, checkInSeconds } = result.accepted;
  if (accepted !== deviceId || typeof checkInSeconds !== 'number') {
    const expected = "this device's id and checkInSeconds";
    throw agentError('AGENT_ANSWER_MALFORMED', { path: url.pathname, expected });
  }
  // An address the edition does not state has to be remembered; the edition's own may change with a release.
  const chosen = server ?? credential(device, 'imprint.server');
  const enrolledAt = device.now().toISOString();
  return { deviceId, enrolledAt, checkInSeconds, ...(chosen === undefined ? {} : { server: chosen }) };
}

/**
 * Enrols this device with a one-time token: its key is made and durable first, so that a reply lost on the way can be
 * asked for again with the same key and the same token.
 * @throws AGENT_SERVER_REFUSED, AGENT_SERVER_BUSY, AGENT_ANSWER_MALFORMED and what reaching the server throws
 */
export async function enrol(device: Device, token: string, server?: string): Promise<Enrolment> {
  const enrolment = await sendEnrolment(device, ensureDeviceKey(device), token, server);
  enrolmentRecord.save(device.files, enrolment);
  return enrolment;
}

/**
 * Makes this machine a device of its own, with a new key. Until the server has accepted that, it stays the device it was; what
 * was learned under the old key, a lease too, counts no more.
 * @throws what `enrol` throws
 */
export async function enrolAnew(device: Device, token: string, server?: string): Promise<Enrolment> {
  const address = server ?? enrolmentRecord.load(device.files)?.server;
  const enrolment = await sendEnrolment(device, ensureNextKey(device), token, address);
  adoptNextKey(device.files);
  enrolmentRecord.save(device.files, enrolment);
  forgetNextKey(device.files);
  return enrolment;
}
