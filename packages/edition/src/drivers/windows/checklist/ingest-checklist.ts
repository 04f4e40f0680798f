import { createHash } from 'node:crypto';
import Value from 'typebox/value';
import { windowsCoreError } from '../integrity/errors.ts';
import { type ChecklistData, checklistData, checklistSha256 } from './checklist-data.ts';
import { judgeDevice } from './judge-device.ts';
import { judgeImage } from './judge-image.ts';
import type { ChecklistCheck } from './judgement.ts';
import { type ChecklistSubject, DeviceChecklistReport } from './model.ts';

const largestReportBytes = 16 * 1024 * 1024;
const dayMs = 86_400_000;
/** Two clocks are rarely the same; a report from further ahead has a clock that says nothing. */
const clockToleranceMs = dayMs;

export interface ChecklistInput extends ChecklistSubject {
  /** What the script wrote, as it stands. */
  readonly report: Uint8Array;
  readonly now: Date;
  /** From this age on nothing in a report counts as known; 30 days if not given. */
  readonly maxAgeDays?: number | undefined;
}

/** A report's checks, and the document that keeps them as evidence of the build. */
export interface IngestedChecklist {
  readonly checks: readonly ChecklistCheck[];
  readonly document: {
    readonly kind: 'device-checklist';
    readonly name: string;
    readonly content: string;
  };
}

/**
 * Reads a report of the checklist script, binds it to its build, and compares what was seen with what is intended. A
 * report is its owner's word: it carries no signature, and the document says so.
 *
 * @throws WINDOWS_CORE_REPORT_MALFORMED, WINDOWS_CORE_REPORT_FOREIGN
 */
export function ingestChecklist(input: ChecklistInput): IngestedChecklist {
  const report = parseReport(input.report);
  const data = checklistData(input);
  refuseForeign(report, data);
  const judge = report.mode === 'image' ? judgeImage : judgeDevice;
  const checks = aged(judge(data, report), report, input);
  const reportSha256 = createHash('sha256').update(input.report).digest('hex');
  const { edition, version, lockSha256 } = data;
  const { mode, machine, tools, startedAt, finishedAt } = report;
  const count = (state: ChecklistCheck['state']) => checks.filter((check) => check.state === state).length;
  const content = {
    schema: 'imprint/device-checklist-evidence/v1',
    ...{ edition, version, lockSha256, artifacts: data.artifacts },
    report: { sha256: reportSha256, statedBy: 'owner', signed: false },
    ...{ mode, machine, tools, startedAt, finishedAt },
    counts: {
      ...{ ok: count('ok'), failing: count('failing') },
      ...{ stale: count('stale'), unknown: count('unknown') },
    },
    checks,
  };
  const name = `device-checklist-${mode}-${reportSha256.slice(0, 12)}.json`;
  return {
    checks,
    document: { kind: 'device-checklist', name, content: `${JSON.stringify(content, null, 1)}\n` },
  };
}

function parseReport(bytes: Uint8Array): DeviceChecklistReport {
  const malformed = (pointer: string, cause?: unknown) =>
    windowsCoreError('WINDOWS_CORE_REPORT_MALFORMED', { pointer }, cause === undefined ? {} : { cause });
  if (bytes.length > largestReportBytes) throw malformed('#');
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('#', cause);
  }
  const [problem] = Value.Errors(DeviceChecklistReport, value);
  if (problem !== undefined) throw malformed(`#${problem.instancePath}`);
  const report = value as DeviceChecklistReport;
  const ids = new Set<string>();
  for (const [at, { id }] of report.items.entries()) {
    if (ids.has(id)) throw malformed(`#/items/${at}/id`);
    ids.add(id);
  }
  if (report.finishedAt < report.startedAt) throw malformed('#/finishedAt');
  return report;
}

/** The lock names the edition, the checklist's digest the artifacts and all that was to be looked at. */
function refuseForeign({ build }: DeviceChecklistReport, data: ChecklistData): void {
  const foreign = (expected: string, got: string) =>
    windowsCoreError('WINDOWS_CORE_REPORT_FOREIGN', { expected, got });
  const nameOf = ({ edition, version, lockSha256 }: typeof build | ChecklistData) =>
    `${edition} ${version}, lock ${lockSha256}`;
  if (nameOf(build) !== nameOf(data)) throw foreign(nameOf(data), nameOf(build));
  const expected = checklistSha256(data);
  if (build.checklistSha256 !== expected)
    throw foreign(`the checklist ${expected}`, `the checklist ${build.checklistSha256}`);
}

/** What is too old, or from a clock that cannot be right, is not known any more. */
function aged(
  checks: readonly ChecklistCheck[],
  { startedAt, finishedAt }: DeviceChecklistReport,
  { now, maxAgeDays = 30 }: ChecklistInput,
): readonly ChecklistCheck[] {
  const ahead = Date.parse(finishedAt) > now.getTime() + clockToleranceMs;
  const isOld = now.getTime() - Date.parse(startedAt) >= maxAgeDays * dayMs;
  if (!ahead && !isOld) return checks;
  return checks.map((check) => {
    if (check.state === 'unknown') return check;
    return ahead
      ? { ...check, state: 'unknown', reason: "the device's clock was ahead" }
      : { ...check, state: 'stale', reason: `older than ${maxAgeDays} days` };
  });
}
