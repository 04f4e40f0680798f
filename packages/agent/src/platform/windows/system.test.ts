import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandRunner } from '../../files/command.ts';
import { fileLog } from './log.ts';
import { msiexecArguments } from './msiexec.ts';
import { openPowerShell, powershellScript, yieldOf } from './powershell.ts';
import { antivirusProducts, exportedPasswordLength, serviceState } from './system.ts';

describe('a service', () => {
  const printed = (state: string) =>
    `\r\nSERVICE_NAME: wscsvc \r\n        TYPE               : 30  WIN32  \r\n        ${state}\r\n                                (STOPPABLE, ACCEPTS_SHUTDOWN)\r\n`;
  test('runs by the number of its state, whatever the language calls it', () => {
    expect(serviceState(printed('STATE              : 4  RUNNING'))).toBe('running');
    expect(serviceState(printed('状态               : 4  RUNNING'))).toBe('running');
    expect(serviceState(printed('STATUS             : 1  STOPPED'))).toBe('not-running');
    expect(serviceState('[SC] EnumQueryServicesStatus:OpenService FAILED 1060:')).toBeUndefined();
  });
});

describe('the account policy', () => {
  test('is read from what secedit exports', () => {
    const text = '\ufeff[System Access]\r\nMinimumPasswordAge = 0\r\nMinimumPasswordLength = 14\r\n';
    expect(exportedPasswordLength(Buffer.from(text, 'utf16le'))).toBe(14);
    expect(exportedPasswordLength(Buffer.from('nothing'))).toBeUndefined();
  });
});

describe('Security Center', () => {
  test('says in bits whether a product is on and its definitions are new', () => {
    const values = [0x61000, 0x61010, 0x60000, 0x62000].map((state) => ({ name: 'AV', state }));
    expect(antivirusProducts(values).map(({ isOn, isUpToDate }) => [isOn, isUpToDate])).toEqual([
      [true, true],
      [true, false],
      [false, true],
      [false, true],
    ]);
  });
});

describe('PowerShell', () => {
  test('never reads an argument as its own words', () => {
    const script = powershellScript('$given', `'; Remove-Item C:\\ \u2019 "$(x)`);
    expect(script).not.toMatch(/Remove-Item|\u2019/);
    const [, base64 = ''] = /FromBase64String\('([A-Za-z0-9+/=]+)'\)/.exec(script) ?? [];
    expect(JSON.parse(Buffer.from(base64, 'base64').toString())).toContain('Remove-Item');
  });

  test('answers by its marked line alone, not by its exit code', () => {
    expect(yieldOf('a warning\r\nIMPRINT:{"yield":["x",1]}\r\n')).toEqual(['x', 1]);
    expect(yieldOf('')).toBeUndefined();
    const stub: CommandRunner = () => ({ status: 0, stdout: '' });
    expect(openPowerShell(stub)('1')).toBeUndefined();
  });
});

describe('the log', () => {
  test('keeps each line with its time, and begins anew when it is full', () => {
    const folder = mkdtempSync(join(tmpdir(), 'imprint-log-'));
    try {
      const log = fileLog(join(folder, 'state'), () => new Date('2026-11-23T06:00:00Z'));
      log('first');
      writeFileSync(join(folder, 'state/agent.log'), 'x'.repeat(2 * 1024 * 1024));
      log('second');
      expect(readFileSync(join(folder, 'state/agent.log'), 'utf8')).toBe(
        '2026-11-23T06:00:00.000Z second\r\n',
      );
      expect(readFileSync(join(folder, 'state/agent.log.old'), 'utf8')).toHaveLength(2 * 1024 * 1024);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('Windows Installer', () => {
  test('gets quotes around a value, not around the property', () => {
    const args = ['/qn', 'A=1', 'B=two words', 'C=a "b"', '/log'];
    expect(msiexecArguments('C:\\Program Files\\a.msi', args).join(' ')).toBe(
      '/i "C:\\Program Files\\a.msi" /qn A=1 B="two words" C="a ""b""" /log',
    );
  });
});
