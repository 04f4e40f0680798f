import { describe, expect, it } from 'vitest';
import { readSettings, settingRecords, settingsPage } from './settings.ts';

describe('settings', () => {
  it('take the flag before the environment before the default', () => {
    expect(readSettings({}).port).toBe(8470);
    expect(readSettings({ IMPRINT_PORT: '9000' }).port).toBe(9000);
    expect(readSettings({ IMPRINT_PORT: '9000' }, { port: '9001' }).port).toBe(9001);
    expect(readSettings({ IMPRINT_PORT: '' }).port).toBe(8470);
  });

  it.each([
    ['IMPRINT_PORT', '65536'],
    ['IMPRINT_PORT', '-1'],
    ['IMPRINT_PORT', '80.5'],
    ['IMPRINT_PORT', 'http'],
    ['IMPRINT_CHECK_IN_SECONDS', '0'],
    ['IMPRINT_LOG_LEVEL', 'loud'],
  ])('refuse %s=%s, naming the setting', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        params: expect.objectContaining({ setting: name }),
      }),
    );
  });

  it('have names of their own and help in both languages', () => {
    const records = Object.values(settingRecords);
    expect(new Set(records.map(({ env }) => env)).size).toBe(records.length);
    expect(new Set(records.map(({ flag }) => flag)).size).toBe(records.length);
    for (const { help } of records)
      expect([help.en, help['zh-CN']].every((text) => text.length > 3)).toBe(true);
  });

  it('are documented as they are', async () => {
    await expect(settingsPage()).toMatchFileSnapshot('../../../../docs/settings.md');
  });
});
