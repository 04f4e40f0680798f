import { type FirstBootPlan, windowsDevicePaths } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { readBounded } from '../files/durable.ts';
import { readEdition } from '../settings.ts';
import { isRecord, parseJson } from '../state/json.ts';
import { firstBootRecord } from './record.ts';

const maxBytes = 4 * 1024 * 1024;
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const isStep = (value: unknown): boolean => {
  if (!isRecord(value) || typeof value.id !== 'string' || !isRecord(value.action)) return false;
  const { kind, file, sha256 } = value.action;
  const isFile =
    file === undefined || (plainName.test(String(file)) && /^[0-9a-f]{64}$/.test(String(sha256)));
  return typeof kind === 'string' && isFile;
};

/**
 * The first-boot plan that was pressed into this image; undefined on a system that has none.
 * @throws AGENT_FIRST_BOOT_MALFORMED
 */
export function readFirstBootPlan(device: Device): FirstBootPlan | undefined {
  if (device.platform.windows === undefined) return undefined;
  const file = windowsDevicePaths.firstBoot;
  const bytes = readBounded(at(device, file), maxBytes);
  if (bytes === undefined) return undefined;
  const plan = parseJson(bytes);
  const refuse = (expected: string) => agentError('AGENT_FIRST_BOOT_MALFORMED', { file, expected });
  if (!isRecord(plan) || plan.schema !== 'imprint/first-boot/v1')
    throw refuse('schema imprint/first-boot/v1');
  const { lockSha256 } = readEdition(device);
  if (plan.lockSha256 !== lockSha256) throw refuse(`lock ${lockSha256}`);
  if (!Array.isArray(plan.steps) || !plan.steps.every(isStep)) throw refuse('steps with plain file names');
  return plan as unknown as FirstBootPlan;
}

/** What was tried of this image's plan; nothing yet when the record is of another image. */
export function attemptsOf(device: Device, plan: FirstBootPlan) {
  const record = firstBootRecord.load(device.files);
  return record?.lockSha256 === plan.lockSha256 ? record.steps : {};
}
