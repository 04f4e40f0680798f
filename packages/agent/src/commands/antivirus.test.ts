import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { choiceRecord } from '../antivirus/records.ts';
import type { Invocation } from '../cli/command.ts';
import { antivirusDirectiveRecord } from '../state/records.ts';
import { clamavRecord } from '../testing/antivirus-lab.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { antivirusCommand } from './antivirus.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
});
afterEach(() => device.dispose());

function run(flags: Invocation['flags'] = {}) {
  const say = (_en: string, zh: string) => zh;
  return antivirusCommand.run({ device, language: 'zh-CN', say, flags, progress: () => {} });
}

describe('imprint-agent antivirus', () => {
  test('says what it would do and why not as directed, and does nothing', async () => {
    device.put(
      '/var/lib/dpkg/status',
      'Package: clamav-daemon\nStatus: install ok installed\nVersion: 1.4\n',
    );
    antivirusDirectiveRecord.save(device.files, { provider: 'guard', definitionsRing: 'broad' });
    const { data, text } = await run({ 'dry-run': true });
    expect(data).toMatchObject({
      ...{ provider: 'clamav', directed: 'guard', code: 'AGENT_ANTIVIRUS_NOT_ALLOWED' },
      steps: [
        { kind: 'definitions' },
        { kind: 'self-test' },
        { kind: 'enable' },
        { kind: 'confirm' },
        { kind: 'choose' },
      ],
    });
    expect(text[0]).toContain('已批准的发布仅允许 clamav');
    expect(choiceRecord.load(device.files)).toBeUndefined();
  });

  test('answers no where a chosen scanner is gone, and names its code', async () => {
    choiceRecord.save(device.files, { provider: clamavRecord, since: device.now().toISOString() });
    const { data, exit } = await run();
    expect(data).toMatchObject({ isOn: false, code: 'AGENT_ANTIVIRUS_ABSENT', detections: [] });
    expect(exit).toBe(1);
  });

  test('has nothing to do on an edition without an antivirus', async () => {
    const { data, exit } = await run();
    expect(data).not.toHaveProperty('code');
    expect(exit).toBe(0);
  });
});
