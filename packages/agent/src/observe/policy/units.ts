import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { at, type Device } from '../../device.ts';
import { differs, holds, type Observer, unknown } from './result.ts';

const unitDirectories = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

function isMasked(device: Device, unit: string): boolean {
  try {
    return readlinkSync(at(device, join('/etc/systemd/system', unit))) === '/dev/null';
  } catch {
    return false;
  }
}

function wantsDirectories(device: Device, directory: string): string[] {
  try {
    return readdirSync(at(device, directory)).filter((name) => /\.(wants|requires)$/.test(name));
  } catch {
    return [];
  }
}

/** Enabled means that another unit pulls it in and it is not masked; asked of the links, so any root can be looked at. */
function isEnabled(device: Device, unit: string): boolean {
  if (isMasked(device, unit)) return false;
  return unitDirectories.some((directory) =>
    wantsDirectories(device, directory).some(
      (wants) => lstatSync(at(device, join(directory, wants, unit)), { throwIfNoEntry: false }) !== undefined,
    ),
  );
}

/** `systemctl is-active`: active, inactive, failed…; undefined where systemd cannot be asked. */
function activeState(device: Device, unit: string): string | undefined {
  const state = device.run('systemctl', ['is-active', '--', unit])?.stdout.trim();
  return state === '' ? undefined : state;
}

export const observeUnitState: Observer<'unit-state'> = ({ unit, expected }, { device, say }) => {
  const result = (found: boolean, got: string) =>
    found
      ? holds
      : differs(say(`expected ${unit} ${expected}, got ${got}`, `${unit} 应为 ${expected}，实际为 ${got}`));
  if (expected === 'masked') return result(isMasked(device, unit), 'not masked');
  if (expected === 'enabled') return result(isEnabled(device, unit), 'disabled');
  if (expected === 'disabled') return result(!isEnabled(device, unit), 'enabled');
  const state = activeState(device, unit);
  if (state === undefined) return unknown(say(`${unit}: systemd does not answer`, `${unit}：systemd 无应答`));
  return result((state === 'active') === (expected === 'active'), state);
};
