import { extname } from 'node:path';
import type { Device } from '../../device.ts';
import { filesIn, readLines } from './lines.ts';
import { type CheckOf, holds, type Observer } from './result.ts';

const isSection = (line: string) => line.startsWith('[') && line.endsWith(']');

function assignment(line: string, { key, separator }: CheckOf<'setting'>): string | undefined {
  if (!line.startsWith(key)) return undefined;
  const rest = line.slice(key.length);
  const match = separator === '=' ? /^\s*=\s*(.*)$/.exec(rest) : /^\s+(.*)$/.exec(rest);
  return match?.[1]?.trim();
}

function lastAssignment(lines: readonly string[], check: CheckOf<'setting'>): string | undefined {
  let section: string | undefined;
  let found: string | undefined;
  for (const line of lines) {
    if (isSection(line)) section = line.slice(1, -1);
    else if (check.section === undefined || section === check.section)
      found = assignment(line, check) ?? found;
  }
  return found;
}

function settingFiles(device: Device, { path, dropIns }: CheckOf<'setting'>): string[] {
  return dropIns === undefined ? [path] : [path, ...filesIn(device, dropIns, extname(path))];
}

export const observeSetting: Observer<'setting'> = (check, { device, say }) => {
  let found: string | undefined;
  for (const file of settingFiles(device, check)) {
    found = lastAssignment(readLines(device, file) ?? [], check) ?? found;
  }
  if (found === check.expected) return { ...holds, value: found };
  const shown = found ?? say('nothing', '未设置');
  const reason = say(
    `expected ${check.key} ${check.expected} in ${check.path}, got ${shown}`,
    `${check.path} 中 ${check.key} 应为 ${check.expected}，实际为 ${shown}`,
  );
  return { state: 'differs', reason, ...(found === undefined ? {} : { value: found }) };
};
