import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepDirections } from '../message/directions.ts';
import { antivirusDirectiveRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { isAntivirusDue } from './due.ts';
import { outcomeRecord } from './records.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
});
afterEach(() => device.dispose());

const answer = (provider: string) => ({ antivirus: { provider, definitionsRing: 'broad' } });

describe('a directed antivirus', () => {
  test('is due until a run has heard of it, and again once another one is directed', () => {
    expect(isAntivirusDue(device)).toBe(false);
    keepDirections(device, answer('guard'));
    expect(isAntivirusDue(device)).toBe(true);
    const outcome = { at: device.now().toISOString(), isOn: true, realTime: true, isHealthy: true };
    outcomeRecord.save(device.files, { ...outcome, provider: 'clamav', directed: 'guard' });
    expect(isAntivirusDue(device)).toBe(false);
    keepDirections(device, answer('clamav'));
    expect(isAntivirusDue(device)).toBe(true);
  });

  test('stays directed by an answer that says nothing of it, and by one that names no provider', () => {
    keepDirections(device, answer('guard'));
    keepDirections(device, {});
    keepDirections(device, { antivirus: { provider: '../guard', definitionsRing: 'broad' } });
    expect(antivirusDirectiveRecord.load(device.files)).toMatchObject({ provider: 'guard' });
  });
});
