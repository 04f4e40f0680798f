import { basename } from 'node:path';
import type { Device } from '../../device.ts';
import { readLines } from './lines.ts';
import { type CheckOf, differs, holds, type Observer, unknown } from './result.ts';

const maxIncludes = 8;

/** `type control module options…`, where control may be bracketed. Source: pam.d(5). */
const pamLine = /^-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$/;

function pamLines(device: Device, service: string, depth = 0): string[] | undefined {
  if (depth > maxIncludes) return undefined;
  const lines = readLines(device, `/etc/pam.d/${basename(service)}`);
  return lines?.flatMap((line) => {
    const included = /^@include\s+(\S+)$/.exec(line)?.[1];
    return included === undefined ? [line] : (pamLines(device, included, depth + 1) ?? []);
  });
}

export const observePam: Observer<'pam'> = (check, { device, say }) => {
  const lines = pamLines(device, check.service);
  if (lines === undefined) {
    return unknown(say(`no PAM service ${check.service}`, `没有 PAM 服务 ${check.service}`));
  }
  const isThere = lines.some((line) => {
    const [, type, , module, options = ''] = pamLine.exec(line) ?? [];
    if (type !== check.type || module === undefined || basename(module) !== check.module) return false;
    return check.option === undefined || options.split(/\s+/).includes(check.option);
  });
  if (isThere) return holds;
  const wanted = [check.type, check.module, check.option ?? ''].join(' ').trim();
  return differs(say(`expected ${wanted} in ${check.service}`, `${check.service} 中应有 ${wanted}`));
};

type AccountState = CheckOf<'account'>['expected'];

/** Source: shadow(5): an empty field needs no password, `!` or `*` first matches none. */
function accountState(field: string | undefined): AccountState {
  if (field === undefined || /^[!*]/.test(field)) return 'locked';
  return field === '' ? 'open' : 'password';
}

export const observeAccount: Observer<'account'> = ({ user, expected }, { device, say }) => {
  const lines = readLines(device, '/etc/shadow');
  if (lines === undefined) return unknown(say('/etc/shadow cannot be read', '无法读取 /etc/shadow'));
  const fields = lines.map((line) => line.split(':')).find(([name]) => name === user);
  const state = accountState(fields?.[1]);
  if (state === expected) return holds;
  return differs(
    say(
      `expected account ${user} ${expected}, got ${state}`,
      `账户 ${user} 应为 ${expected}，实际为 ${state}`,
    ),
  );
};
