import { at } from '../../device.ts';
import { readVirtual } from '../../files/virtual.ts';
import { filesIn, readLines } from './lines.ts';
import { differs, holds, type Observer, unknown } from './result.ts';

const modprobeDirectories = ['/etc/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'];
const blockers = new Set(['/bin/false', '/usr/bin/false', '/bin/true', '/usr/bin/true']);
/** The kernel takes `-` and `_` in module names as one. */
const sameName = (name: string) => name.replaceAll('-', '_');

export const observeKernelModuleBlocked: Observer<'kernel-module-blocked'> = (
  { module },
  { device, say },
) => {
  const isBlocked = modprobeDirectories
    .flatMap((directory) => filesIn(device, directory, '.conf'))
    .flatMap((file) => readLines(device, file) ?? [])
    .map((line) => line.split(/\s+/))
    .some(([word, name, command]) => {
      return word === 'install' && sameName(name ?? '') === sameName(module) && blockers.has(command ?? '');
    });
  if (!isBlocked) return differs(say(`module ${module} may be loaded`, `内核模块 ${module} 可被加载`));
  const loaded = readVirtual(at(device, '/proc/modules')) ?? '';
  const isLoaded = loaded.split('\n').some((line) => line.split(' ')[0] === sameName(module));
  return isLoaded ? differs(say(`module ${module} is loaded`, `内核模块 ${module} 已加载`)) : holds;
};

export const observeSysctl: Observer<'sysctl'> = ({ name, expected }, { device, say }) => {
  const found = readVirtual(at(device, `/proc/sys/${name.replaceAll('.', '/')}`))?.trim();
  if (found === undefined) return unknown(say(`this kernel has no ${name}`, `此内核没有 ${name}`));
  const value = found.replace(/\s+/g, ' ');
  if (value === expected) return { ...holds, value };
  const reason = say(
    `expected ${name} ${expected}, got ${value}`,
    `${name} 应为 ${expected}，实际为 ${value}`,
  );
  return { state: 'differs', reason, value };
};
