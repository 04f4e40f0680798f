import type { Language, Localized } from '@imprint/protocol';
import { alignRows } from '../cli/columns.ts';
import type { Command, Invocation, Outcome } from '../cli/command.ts';
import { agentError } from '../errors.ts';
import { neededBytes, wireBytes } from '../patch/download.ts';
import type { PatchStep } from '../patch/plan.ts';
import { packagesForRestart } from '../patch/restart.ts';
import { decide, openPatchRun, type PatchOutcome, runPatch } from '../patch/run.ts';
import { type PatchPatience, usualPatience } from '../patch/run-model.ts';
import { canPatch, readSituation } from '../patch/situation.ts';
import { missingOf } from '../patch/work.ts';
import { rolloutRows } from './rollout-text.ts';

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

const stepNames: Readonly<Record<PatchStep['kind'], Localized>> = {
  rest: { en: 'rest', 'zh-CN': '无需操作' },
  wait: { en: 'wait', 'zh-CN': '等待' },
  'give-up': { en: 'give up', 'zh-CN': '放弃' },
  recover: { en: 'recover', 'zh-CN': '恢复' },
  download: { en: 'download', 'zh-CN': '下载' },
  install: { en: 'install', 'zh-CN': '安装' },
  conclude: { en: 'conclude', 'zh-CN': '收尾' },
  'announce-restart': { en: 'announce a restart', 'zh-CN': '通知重启' },
  restart: { en: 'restart', 'zh-CN': '重启' },
  tidy: { en: 'tidy', 'zh-CN': '清理' },
  'check-health': { en: 'check health', 'zh-CN': '检查健康' },
};

const stepText = ({ kind, why }: PatchStep, language: Language): string =>
  `${stepNames[kind][language]} · ${why[language]}`;

/** What a run would do for the verified release that is directed. */
async function preview({ device, say, language }: Invocation) {
  const run = openPatchRun(device, () => {});
  const situation = readSituation(device);
  const { step, work } = await decide(run, situation);
  const base = { step: step.kind, why: step.why.en, ...(situation.target ?? {}) };
  const rows = [...rolloutRows(device, say), [say('next step', '下一步'), stepText(step, language)]];
  if (situation.release === undefined || situation.isCommitted) return { data: base, rows, changes: [] };
  const planned = await work();
  const missing = missingOf(run, planned);
  const { install, remove, leftover, held } = planned.packages;
  const restart = packagesForRestart(install.map((one) => one.package.name));
  const free = run.machine.freeBytes(run.workspace.directory);
  const [wire, room] = [wireBytes(missing), neededBytes(missing)];
  const changes = install.map(({ package: wanted, installed, patch }) => [
    wanted.name,
    `${installed?.version ?? '-'} → ${wanted.version}`,
    patch === undefined ? say('whole', '完整') : say('patch', '补丁'),
    `${megabytes((patch ?? wanted.pack).sizeBytes)} MB`,
  ]);
  rows.push(
    [say('packages', '软件包'), say(`${install.length} to install`, `将安装 ${install.length} 个`)],
    [say('removed', '移除'), [...remove, ...leftover].join(', ') || '-'],
    [say('held', '保留'), held.join(', ') || '-'],
    [say('files', '文件'), String(planned.actions.length)],
    [say('to download', '待下载'), `${megabytes(wire)} MB`],
    [
      say('room', '空间'),
      say(`${megabytes(room)} of ${megabytes(free)} MB`, `${megabytes(room)} / ${megabytes(free)} MB`),
    ],
    [say('restart', '重启'), restart.join(', ') || say('not known to be needed', '目前无需')],
  );
  const packages = install.map(({ package: { name, version }, installed, patch }) => ({
    ...{ name, version, from: installed?.version },
    ...{ by: patch === undefined ? 'pack' : 'patch', sizeBytes: patch?.sizeBytes },
  }));
  const figures = {
    downloadBytes: wire,
    roomBytes: room,
    freeBytes: free,
    restart,
    files: planned.actions.length,
  };
  return { data: { ...base, packages, remove, leftover, held, ...figures }, rows, changes };
}

async function dryRun(invocation: Invocation): Promise<Outcome> {
  if (!canPatch(invocation.device)) throw agentError('AGENT_PATCH_NOT_HERE');
  const { data, rows, changes } = await preview(invocation);
  const text = [...alignRows(rows), ...(changes.length === 0 ? [] : ['', ...alignRows(changes, '  ')])];
  return { data: { ...data, isDryRun: true }, text };
}

function outcomeOf({ device, say, language }: Invocation, { situation, step, error }: PatchOutcome): Outcome {
  const rows = [...rolloutRows(device, say), [say('stopped at', '停在'), stepText(step, language)]];
  if (error !== undefined)
    rows.push([say('because', '原因'), `${error.messageIn(language)} (${error.code})`]);
  const code = error === undefined ? {} : { code: error.code };
  return {
    data: { step: step.kind, why: step.why.en, release: situation.target?.releaseSha256, ...code },
    text: alignRows(rows),
    exit: error === undefined ? 0 : error.definition.exit === 4 ? 4 : 1,
  };
}

/** Undefined for the usual patience; else that with the time to settle that was asked for; it is looked at twice within that time too. */
function patienceOf({ flags, say }: Invocation): PatchPatience | undefined {
  const text = flags['settle-seconds'];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,4}$/.test(text))
    throw agentError('AGENT_USAGE', {
      problem: say('expected --settle-seconds N', '需要 --settle-seconds N'),
    });
  const settleMs = Number(text) * 1000;
  return { ...usualPatience, settleMs, steadyMs: Math.min(usualPatience.steadyMs, settleMs) };
}

export const patchCommand: Command = {
  name: 'patch',
  summary: {
    en: 'go on with the release that was directed: download, install, start anew, check, each in its time',
    'zh-CN': '继续处理已指定的发布：按时下载、安装、重启并检查',
  },
  flags: [
    {
      name: 'dry-run',
      type: 'boolean',
      summary: {
        en: 'only show what would be done: bytes, packages, restart, window',
        'zh-CN': '仅显示将要执行的操作：字节数、软件包、重启、时间窗口',
      },
    },
    {
      name: 'settle-seconds',
      type: 'string',
      value: 'N',
      summary: {
        en: 'how long what starts slowly may be unwell after an installation, default 300',
        'zh-CN': '安装后启动较慢的部分可处于不健康状态的最长秒数，默认 300',
      },
    },
  ],
  run: async (invocation) => {
    const patience = patienceOf(invocation);
    if (invocation.flags['dry-run'] === true) return dryRun(invocation);
    const { device } = invocation;
    return outcomeOf(invocation, await runPatch(device, device.log, patience));
  },
};
