import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner } from '../../files/command.ts';
import { readBounded } from '../../files/durable.ts';
import type { Missing, Registry, RegistryValue } from '../model.ts';
import { parseExport, queriedUsers, queriedValue } from './reg-text.ts';

const maxExportBytes = 64 * 1024 * 1024;
const longNames = new Map([
  ['HKLM', 'HKEY_LOCAL_MACHINE'],
  ['HKU', 'HKEY_USERS'],
]);
const regTypes = {
  sz: 'REG_SZ',
  'expand-sz': 'REG_EXPAND_SZ',
  'multi-sz': 'REG_MULTI_SZ',
  dword: 'REG_DWORD',
  qword: 'REG_QWORD',
} as const satisfies Record<Exclude<RegistryValue['type'], 'other'>, string>;
/** There on every Windows: whoever cannot read this cannot tell an absent value from an unreadable one. */
const always = ['HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion', 'CurrentBuild'] as const;

const longName = (key: string): string =>
  key.replace(/^[^\\]+/, (root) => longNames.get(root) ?? root).toLowerCase();

/** The registry through `reg.exe`; `scratch` is a folder that only the agent writes. Source: reg(1) of Windows. */
export function windowsRegistry(run: CommandRunner, scratch: string): Registry {
  const query = (key: string, name: string) =>
    run('reg.exe', ['query', key, ...(name === '' ? ['/ve'] : ['/v', name])]);
  const missing = (): Missing => (query(...always)?.status === 0 ? 'absent' : 'unreadable');

  const tree: Registry['tree'] = (key) => {
    const file = join(scratch, `export-${process.pid}.reg`);
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    try {
      rmSync(file, { force: true });
      run('reg.exe', ['export', key, file, '/y'], { timeoutMs: 120_000 });
      const bytes = readBounded(file, maxExportBytes);
      return bytes === undefined ? missing() : parseExport(bytes);
    } finally {
      rmSync(file, { force: true });
    }
  };

  const read: Registry['read'] = (key, name) => {
    const answer = query(key, name);
    if (answer === undefined) return 'unreadable';
    if (answer.status !== 0) return missing();
    const printed = queriedValue(answer.stdout, name);
    if (printed !== undefined) return printed;
    const exported = tree(key);
    if (typeof exported === 'string') return exported;
    return exported.get(longName(key))?.get(name.toLowerCase()) ?? 'unreadable';
  };

  const write: Registry['write'] = (key, name, { type, text }) => {
    if (type === 'other') return;
    const separator = type === 'multi-sz' ? ['/s', '|'] : [];
    const named = name === '' ? ['/ve'] : ['/v', name];
    run('reg.exe', ['add', key, ...named, '/t', regTypes[type], ...separator, '/d', text, '/f']);
  };

  return {
    read,
    write,
    tree,
    loadedUsers: () => {
      const answer = run('reg.exe', ['query', 'HKU']);
      return answer?.status === 0 ? queriedUsers(answer.stdout) : undefined;
    },
  };
}
