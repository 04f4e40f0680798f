import { expect, test } from 'vitest';
import { timeZones } from '../../../manifest/data/known-values.ts';
import { windowsTimeZone } from './time-zones.ts';

test('every zone a manifest may name has a Windows name, but the one whose clock none follows', () => {
  expect(timeZones.filter((zone) => windowsTimeZone(zone) === undefined)).toEqual(['Antarctica/Troll']);
});

test.each([
  ['Asia/Shanghai', 'China Standard Time'],
  ['Asia/Urumqi', 'Central Asia Standard Time'],
  ['Asia/Kolkata', 'India Standard Time'],
  ['Europe/Kyiv', 'FLE Standard Time'],
  ['America/New_York', 'Eastern Standard Time'],
  ['Etc/UTC', 'UTC'],
])('%s is %s', (zone, name) => {
  expect(windowsTimeZone(zone)).toBe(name);
});
