import type { Registry, RegistryValue } from '../../platform/model.ts';
import { type CheckOf, type CheckResult, differs, holds, type Observer, unknown } from './result.ts';

type RegistryCheck = CheckOf<'registry'>;

/** The keys a check is about, named in full: one, or one for each person whose hive is loaded. */
export const checkedKeys = ({ root, key }: RegistryCheck, users: readonly string[] | undefined): string[] =>
  root === 'HKLM' ? [`HKLM\\${key}`] : (users ?? []).map((sid) => `HKU\\${sid}\\${key}`);

/** The key as a report names it: a security identifier would tell whose it is. */
const toldKey = ({ root, key }: RegistryCheck): string =>
  root === 'HKU' ? `HKU\\*\\${key}` : `${root}\\${key}`;

/** Windows reads a policy of another type as none, so the type has to be right too. */
export const isExpected = (value: RegistryValue, { type, expected }: RegistryCheck): boolean =>
  value.type === type && value.text === expected;

function observeKey(
  registry: Registry,
  key: string,
  check: RegistryCheck,
  say: (en: string, zh: string) => string,
): CheckResult {
  const value = registry.read(key, check.name);
  const told = toldKey(check);
  if (value === 'unreadable') return unknown(say(`${told} could not be read`, `无法读取 ${told}`));
  if (value !== 'absent' && isExpected(value, check)) return { ...holds, value: value.text };
  const shown = value === 'absent' ? say('nothing', '未设置') : `${value.type} ${value.text.slice(0, 200)}`;
  const reason = say(
    `expected ${check.name} ${check.type} ${check.expected} in ${told}, got ${shown}`,
    `${told} 中 ${check.name} 应为 ${check.type} ${check.expected}，实际为 ${shown}`,
  );
  return { state: 'differs', reason, ...(value === 'absent' ? {} : { value: value.text }) };
}

export const observeRegistry: Observer<'registry'> = (check, { device, say }) => {
  const { windows } = device.platform;
  if (windows === undefined) {
    return unknown(say('this agent cannot look at registry', '此代理无法检查 registry'));
  }
  const keys = checkedKeys(check, check.root === 'HKU' ? windows.registry.loadedUsers() : undefined);
  const results = keys.map((key) => observeKey(windows.registry, key, check, say));
  const [first] = results;
  if (first === undefined) return unknown(say('nobody is signed in', '无人登录'));
  return (
    results.find(({ state }) => state === 'differs') ??
    results.find(({ state }) => state !== 'holds') ??
    first
  );
};

export const observeFirstBoot: Observer<'first-boot'> = ({ step }, look) => {
  const seen = look.firstBoot().find(({ id }) => id === step);
  if (seen === undefined) {
    return unknown(look.say(`the plan has no step ${step}`, `计划中没有步骤 ${step}`));
  }
  if (seen.state === 'ok') return holds;
  const reason = seen.reason ?? look.say(`${step} is not observed`, `未观察到 ${step}`);
  return seen.state === 'failing' ? differs(reason) : unknown(reason);
};
