import { createHash } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { type DeviceReport, inventoryText, messageTypes, protocolVersion } from '@imprint/protocol';
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

/** Packages of a device: one of few sets, as in a fleet of which some devices lag behind. */
const packagesOf = ({ id, state }: Pick<SimulatedDevice, 'id' | 'state'>): string[] => [
  `bash 5.2.${(id.charCodeAt(0) + state) % 4}-2 amd64`,
  'libc6 2.36-9 amd64',
  'openssl 3.0.15-1 amd64',
];

const inventoryOf = (device: Pick<SimulatedDevice, 'id' | 'state'>): string =>
  inventoryText({ packages: packagesOf(device) });
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** The set of packages that the last report named, signed. */
export function inventoryMessageOf(device: SimulatedDevice): string {
  const text = inventoryOf(device);
  const content = brotliCompressSync(text).toString('base64url');
  const payload = { protocol: protocolVersion, deviceId: device.id, sha256: digestOf(text), content };
  return signJws({ typ: messageTypes.inventory, kid: device.id }, payload, device.signer);
}
const policies = ['screenLock', 'passwordMinLength', 'automaticLogin', 'telemetry', 'usbStorage', 'firewall'];

/** What a device says of itself; the same until its state changes, but for the times. */
export function reportOf(device: Pick<SimulatedDevice, 'id' | 'state'>, at: Date): DeviceReport {
  const observed = { state: 'ok', observedAt: at.toISOString() } as const;
  const version = '2026.11.0';
  return {
    edition: { name: 'gov-base', version, channel: 'stable', lockSha256: sha256 },
    release: { ...observed, version, sequence: 1, sha256, signedBy: ['operator', 'regulator'] },
    patch: { ...observed, packages: 1400 + device.state, differing: [] },
    antivirus: { ...observed, provider: 'clamav', realTime: true, definitionsVersion: `${device.state}` },
    integrity: { ...observed, checked: 5000, differing: [] },
    inventorySha256: digestOf(inventoryOf(device)),
    policy: policies.map((id) => ({ id, intended: true, observed: true, ...observed })),
  };
}
