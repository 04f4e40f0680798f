import { type DeviceReport, messageTypes, protocolVersion } from '@imprint/protocol';
import { generateSigner, jwkOf, jwkThumbprint, signJws } from '@imprint/trust';

/** A report in which everything is as it should be. */
export function goodReport(at: Date): DeviceReport {
  const observed = { state: 'ok', observedAt: at.toISOString() } as const;
  const sha256 = 'a'.repeat(64);
  return {
    edition: { name: 'gov-base', version: '2026.11.0', channel: 'stable', lockSha256: sha256 },
    release: { ...observed, version: '2026.11.0', sequence: 1, sha256, signedBy: ['operator', 'regulator'] },
    patch: { ...observed, packages: 140, differing: [] },
    antivirus: { ...observed, provider: 'clamav', realTime: true, definitionsBuiltAt: at.toISOString() },
    integrity: { ...observed, checked: 5000, differing: [] },
    policy: [{ id: 'screenLock', intended: '10m', observed: '10m', ...observed }],
  };
}

/** A device as far as its messages go: a key, and what it signs. */
export function testDevice() {
  const signer = generateSigner('ecdsa-sha2-nistp256');
  const jwk = jwkOf(signer.key);
  const id = jwkThumbprint(jwk);
  return {
    id,
    signer,
    enrolment: (token: string, at: Date, changes: object = {}): string => {
      const payload = {
        protocol: protocolVersion,
        token,
        issuedAt: at.toISOString(),
        edition: 'gov-base',
        channel: 'stable',
        hostname: 'desk-1',
        architecture: 'amd64',
        ...changes,
      };
      return signJws({ typ: messageTypes.enrol, jwk }, payload, signer);
    },
    checkIn: (counter: number, at: Date, changes: object = {}, kid = id): string => {
      const payload = {
        protocol: protocolVersion,
        deviceId: id,
        counter,
        issuedAt: at.toISOString(),
        bootId: 'boot-1',
        report: goodReport(at),
        ...changes,
      };
      return signJws({ typ: messageTypes.checkIn, kid }, payload, signer);
    },
  };
}
