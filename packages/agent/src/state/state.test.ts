import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { peekCounter, takeCounter } from './counter.ts';
import { withLock } from './lock.ts';
import { counterRecord, releaseRecord } from './records.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
});
afterEach(() => device.dispose());

describe('the state', () => {
  test('is private: its files can be read by root alone', () => {
    device.files.write('tuf/timestamp.json', Buffer.from('{}'));
    expect(statSync(join(device.stateDir, 'tuf/timestamp.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(device.stateDir, 'tuf')).mode & 0o777).toBe(0o700);
  });

  test('is replaced whole and leaves nothing beside it', () => {
    device.files.write('a.json', Buffer.from('first'));
    device.files.write('a.json', Buffer.from('second'));
    expect(device.files.read('a.json')?.toString()).toBe('second');
    expect(readdirSync(device.stateDir)).toEqual(['a.json']);
  });

  test('that cannot be written says so, and keeps what was there', () => {
    device.files.write('a.json', Buffer.from('first'));
    writeFileSync(join(device.stateDir, 'tuf'), 'a file where a directory should be');
    expect(() => device.files.write('tuf/x', Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'AGENT_STATE_UNWRITABLE' }),
    );
    expect(device.files.read('a.json')?.toString()).toBe('first');
  });

  test.each(['', '{', '[]', '{"outcome":1}'])('that is damaged (%j) is an error naming the file', (text) => {
    device.files.write('release.json', Buffer.from(text));
    expect(() => releaseRecord.load(device.files)).toThrow(
      expect.objectContaining({
        code: 'AGENT_STATE_CORRUPT',
        params: expect.objectContaining({ file: 'release.json' }),
      }),
    );
  });
});

describe('the counter', () => {
  test('is durable before it is returned, and jumps above a floor', () => {
    expect(peekCounter(device.files)).toBe(1);
    expect([takeCounter(device.files), takeCounter(device.files), takeCounter(device.files, 40)]).toEqual([
      1, 2, 41,
    ]);
    expect(counterRecord.load(device.files)).toEqual({ counter: 41 });
  });
});

describe('the lock', () => {
  test('is given back after success and after failure', async () => {
    expect(await withLock(device.stateDir, async () => 1)).toBe(1);
    await expect(withLock(device.stateDir, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(device.stateDir, async () => 2)).toBe(2);
  });

  test('of a process that is no more is taken over', async () => {
    writeFileSync(join(device.stateDir, 'lock'), 'torn');
    expect(await withLock(device.stateDir, async () => 3)).toBe(3);
  });
});
