import { arch } from 'node:os';
import { type EnrolRequest, messageTypes, protocolVersion } from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import { credential, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { postMessage } from '../http/post.ts';
import { readEdition, readSettings } from '../settings.ts';
import { type Enrolment, enrolmentRecord } from '../state/records.ts';
import { ensureDeviceKey } from './key.ts';
import { refusalError } from './refusal.ts';

const debianArchitecture: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  loong64: 'loong64',
};

/**
 * Enrols this device with a one-time token: its key is made and durable first, so that a reply lost on the way can be
 * asked for again with the same key and the same token.
 * @throws AGENT_SERVER_REFUSED, AGENT_SERVER_BUSY, AGENT_ANSWER_MALFORMED and what reaching the server throws
 */
export async function enrol(device: Device, token: string, server?: string): Promise<Enrolment> {
  const settings = readSettings(device);
  const address = server ?? settings.server;
  const { signer, jwk, deviceId } = ensureDeviceKey(device);
  const request: EnrolRequest = {
    protocol: protocolVersion,
    token,
    issuedAt: device.now().toISOString(),
    edition: readEdition(device).edition,
    channel: settings.channel,
    hostname: device.platform.hostname(),
    architecture: debianArchitecture[arch()] ?? arch(),
  };
  const url = new URL(`${address}/v1/enrol`);
  const result = await postMessage(
    url,
    signJws({ typ: messageTypes.enrol, jwk }, request, signer),
    device.now(),
  );
  if ('refused' in result) throw refusalError(result.refused, url.pathname);
  const { deviceId: accepted, checkInSeconds } = result.accepted;
  if (accepted !== deviceId || typeof checkInSeconds !== 'number') {
    const expected = "this device's id and checkInSeconds";
    throw agentError('AGENT_ANSWER_MALFORMED', { path: url.pathname, expected });
  }
  const enrolledAt = device.now().toISOString();
  // An address the edition does not state has to be remembered; the edition's own may change with a release.
  const chosen = server ?? credential(device, 'imprint.server');
  const enrolment = {
    deviceId,
    enrolledAt,
    checkInSeconds,
    ...(chosen === undefined ? {} : { server: chosen }),
  };
  enrolmentRecord.save(device.files, enrolment);
  return enrolment;
}
