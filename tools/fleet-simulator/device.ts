import { type DeviceReport, messageTypes, protocolVersion } from '@imprint/protocol';
import { generateSigner, jwkOf, jwkThumbprint, type Signer, signJws } from '@imprint/trust';

/** One device as its messages make it: a key, a counter, and what it says of itself. */
export interface SimulatedDevice {
  readonly id: string;
  readonly signer: Signer;
  counter: number;
  /** Counter of the last message that the server said it had stored; 0 before the first. */
  stored: number;
  /** Grows when something about the device changed. */
  state: number;
}

export function newDevice(): SimulatedDevice {
  const signer = generateSigner('ecdsa-sha2-nistp256');
  return { id: jwkThumbprint(jwkOf(signer.key)), signer, counter: 0, stored: 0, state: 0 };
}

/** Enrolment with a one-time token. */
export function enrolmentMessage(device: SimulatedDevice, token: string, now: Date): string {
  const payload = {
    protocol: protocolVersion,
    token,
    issuedAt: now.toISOString(),
    edition: 'gov-base',
    channel: 'stable',
    hostname: 'simulated',
    architecture: 'amd64',
  };
  return signJws({ typ: messageTypes.enrol, jwk: jwkOf(device.signer.key) }, payload, device.signer);
}

/** A signed check-in with a counter and a clock that need not be right. */
export function checkInMessage(
  device: SimulatedDevice,
  counter: number,
  clock: Date,
  bootId: string,
): string {
  const payload = {
    protocol: protocolVersion,
    deviceId: device.id,
    counter,
    issuedAt: clock.toISOString(),
    bootId,
    report: reportOf(device, clock),
  };
  return signJws({ typ: messageTypes.checkIn, kid: device.id }, payload, device.signer);
}

const sha256 = 'a'.repeat(64);
const policies = ['screenLock', 'passwordMinLength', 'automaticLogin', 'telemetry', 'usbStorage', 'firewall'];

function reportOf(device: SimulatedDevice, at: Date): DeviceReport {
  const observed = { state: 'ok', observedAt: at.toISOString() } as const;
  const version = '2026.11.0';
  return {
    edition: { name: 'gov-base', version, channel: 'stable', lockSha256: sha256 },
    release: { ...observed, version, sequence: 1, sha256, signedBy: ['operator', 'regulator'] },
    patch: { ...observed, packages: 1400 + device.state, differing: [] },
    antivirus: { ...observed, provider: 'clamav', realTime: true, definitionsVersion: `${device.state}` },
    integrity: { ...observed, checked: 5000, differing: [] },
    policy: policies.map((id) => ({ id, intended: true, observed: true, ...observed })),
  };
}
