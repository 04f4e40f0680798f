import { usageReportType } from '@imprint/protocol';
import { describe, expect, test } from 'vitest';
import { signEnvelope } from '../dsse/envelope.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { code, newLicensor } from '../testing/licence.ts';
import { newWorld, unsignedRoot } from '../testing/world.ts';
import { verifyUsageReport } from './report.ts';

const report = {
  iss: 'imprint',
  asOf: '2026-03-02T08:00:00.000Z',
  agencyId: 'A1',
  period: { from: '2026-02-01T00:00:00.000Z', to: '2026-03-02T08:00:00.000Z' },
  log: { seq: 3, hash: '0'.repeat(64) },
  entitlements: [],
  sectors: [],
};

describe.each(['intl', 'national', 'dual'] as const)('a usage report of profile %s', (profile) => {
  const { key, root } = newLicensor(profile);
  const sign = (payload: Uint8Array, type = usageReportType, signers = key.signers) =>
    signEnvelope(type, payload, signers);

  test('verifies against the root that pins its key', () => {
    expect(verifyUsageReport(sign(canonicalJson(report)), root)).toEqual(report);
  });

  test('is refused without a signature, by another key, and by a root that pins none', () => {
    const payload = canonicalJson(report);
    const refused = code('TRUST_REPORT_SIGNATURE');
    expect(() => verifyUsageReport(sign(payload, usageReportType, []), root)).toThrow(refused);
    expect(() => verifyUsageReport(sign(payload), newLicensor(profile).root)).toThrow(refused);
    const none = unsignedRoot(newWorld(profile));
    expect(() => verifyUsageReport(sign(payload), none)).toThrow(code('TRUST_LICENCE_KEY_UNPINNED'));
  });

  test.each([
    ['of another type', canonicalJson(report), 'application/json'],
    ['of another shape', canonicalJson({ ...report, sectors: 'none' }), usageReportType],
    ['whose payload is not canonical', Buffer.from(JSON.stringify(report, undefined, 1)), usageReportType],
    ['that is no JSON', Buffer.from('report'), usageReportType],
  ])('%s is refused although its signature is right', (_what, payload, type) => {
    expect(() => verifyUsageReport(sign(payload, type), root)).toThrow(code('TRUST_REPORT_MALFORMED'));
  });
});

test('a usage report of profile dual is refused with one suite only', () => {
  const { key, root } = newLicensor('dual');
  for (const signer of key.signers) {
    const envelope = signEnvelope(usageReportType, canonicalJson(report), [signer]);
    expect(() => verifyUsageReport(envelope, root)).toThrow(code('TRUST_REPORT_SIGNATURE'));
  }
});
