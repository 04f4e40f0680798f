import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRestartDue } from './machine.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'imprint-machine-'));
  mkdirSync(join(root, 'run/systemd/shutdown'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const arrange = (text: string) => writeFileSync(join(root, 'run/systemd/shutdown/scheduled'), text);

describe('a restart that was arranged', () => {
  test('is due where it comes in time, so that it is not arranged anew each time', () => {
    expect(isRestartDue(root, 60_000)).toBe(false);
    arrange('USEC=60000000\nWARN_WALL=1\nMODE=reboot\nWALL_MESSAGE=x\n');
    expect([isRestartDue(root, 59_999), isRestartDue(root, 60_000)]).toEqual([false, true]);
  });

  test('is none where the system is to be switched off, or nothing can be read of it', () => {
    arrange('USEC=60000000\nMODE=poweroff\n');
    expect(isRestartDue(root, 60_000)).toBe(false);
    arrange('MODE=reboot\n');
    expect(isRestartDue(root, 60_000)).toBe(false);
  });
});
