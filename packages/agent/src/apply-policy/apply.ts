import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { readPolicies } from '../observe/policy/index.ts';
import { type PolicyEdit, planPolicyEdits } from './plan.ts';

/** An edit, and whether the value was then read as intended. */
export interface AppliedEdit extends PolicyEdit {
  readonly isObserved: boolean;
}

/**
 * Sets the registry policies of this image that have drifted, and reads each again.
 * @throws AGENT_NOT_WINDOWS
 */
export function applyPolicy(device: Device, { dryRun }: { readonly dryRun: boolean }): AppliedEdit[] {
  const { windows } = device.platform;
  if (windows === undefined) throw agentError('AGENT_NOT_WINDOWS', { command: 'apply-policy' });
  const { read, write, loadedUsers } = windows.registry;
  return planPolicyEdits(readPolicies(device), read, loadedUsers() ?? []).map((edit) => {
    if (dryRun) return { ...edit, isObserved: false };
    write(edit.key, edit.name, edit.value);
    const seen = read(edit.key, edit.name);
    const isObserved =
      typeof seen !== 'string' && seen.type === edit.value.type && seen.text === edit.value.text;
    device.log(`policy ${edit.policy}: ${edit.name} ${isObserved ? 'set' : 'not set'}`);
    return { ...edit, isObserved };
  });
}
