import type {
  PolicyCheck,
  PolicyCheckKind,
  PolicyObservation,
  PolicyRecord,
  PolicyValue,
} from '@imprint/protocol';
import { at, type Device } from '../../device.ts';
import { readBounded, systemCode } from '../../files/durable.ts';
import { isRecord, parseJson } from '../../state/json.ts';
import type { Look } from '../look.ts';
import { observeAccount, observePam } from './accounts.ts';
import { observeAbsent, observeFile, observeLink, observePackageAbsent } from './files.ts';
import { observeKernelModuleBlocked, observeSysctl } from './kernel.ts';
import { observeNftRuleset } from './nft.ts';
import { observeFirstBoot, observeRegistry } from './registry.ts';
import { type CheckResult, type Observer, unknown } from './result.ts';
import { observeSetting } from './setting.ts';
import { observeUnitState } from './units.ts';

const observers: { readonly [K in PolicyCheckKind]: Observer<K> } = {
  setting: observeSetting,
  file: observeFile,
  absent: observeAbsent,
  link: observeLink,
  'package-absent': observePackageAbsent,
  'unit-state': observeUnitState,
  'kernel-module-blocked': observeKernelModuleBlocked,
  sysctl: observeSysctl,
  'nft-ruleset': observeNftRuleset,
  pam: observePam,
  account: observeAccount,
  registry: observeRegistry,
  'first-boot': observeFirstBoot,
};

function runCheck(check: PolicyCheck, look: Look): CheckResult {
  const observer = observers[check.kind] as Observer<PolicyCheckKind> | undefined;
  if (observer === undefined) {
    return unknown(look.say(`this agent cannot look at ${check.kind}`, `此代理无法检查 ${check.kind}`));
  }
  try {
    return observer(check, look);
  } catch (error) {
    const code = systemCode(error) ?? 'error';
    return unknown(
      look.say(`${check.kind} could not be looked at (${code})`, `无法检查 ${check.kind}（${code}）`),
    );
  }
}

/** A setting's text as a value of the intended one's type. */
function valueLike(intended: PolicyValue, text: string): PolicyValue {
  if (typeof intended === 'number' && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (typeof intended === 'boolean' && /^(true|yes|on|1|false|no|off|0)$/i.test(text)) {
    return /^(true|yes|on|1)$/i.test(text);
  }
  return text;
}

function differingValue(record: PolicyRecord, results: readonly CheckResult[]): { observed?: PolicyValue } {
  const index = record.observe.findIndex((check) => 'value' in check && check.value === true);
  const text = results[index]?.value;
  if (text !== undefined) return { observed: valueLike(record.intended, text) };
  return typeof record.intended === 'boolean' ? { observed: !record.intended } : {};
}

/** Looks whether one policy holds: it does when every check does; unknown when none differs but one cannot be seen. */
export function observePolicyRecord(record: PolicyRecord, look: Look): PolicyObservation {
  const results = record.observe.map((check) => runCheck(check, look));
  const base = { id: record.id, intended: record.intended, observedAt: look.now.toISOString() };
  const differing = results.find((result) => result.state === 'differs');
  if (differing?.state === 'differs') {
    return { ...base, ...differingValue(record, results), state: 'failing', reason: differing.reason };
  }
  const unseen = results.find((result) => result.state === 'unknown');
  if (unseen?.state === 'unknown') return { ...base, state: 'unknown', reason: unseen.reason };
  return { ...base, observed: record.intended, state: 'ok' };
}

const isPolicyRecord = (value: unknown): value is PolicyRecord =>
  isRecord(value) && typeof value.id === 'string' && 'intended' in value && Array.isArray(value.observe);

/** The edition's policies, in its order. */
export function readPolicies(device: Device): PolicyRecord[] {
  const bytes = readBounded(at(device, device.platform.paths.policy), 4 * 1024 * 1024);
  const records = bytes === undefined ? [] : parseJson(bytes);
  return Array.isArray(records) ? records.filter(isPolicyRecord) : [];
}

/** Every policy of the edition, observed against set, in the edition's order. */
export const observePolicy = (look: Look): PolicyObservation[] =>
  readPolicies(look.device).map((record) => observePolicyRecord(record, look));
