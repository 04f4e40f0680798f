import { isImprintError } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { holdAgain, lastWords, recoverDpkg, removePackages, runApt } from './apt.ts';
import { checkHealth, failingPolicies } from './health.ts';
import { staleProcesses } from './machine.ts';
import { clearNotice, restartNotice, showNotice } from './notice.ts';
import type { PatchStep } from './plan.ts';
import type { Progress } from './progress.ts';
import { commit, reconcile, reconcileActions } from './reconcile.ts';
import type { ReconcileAction } from './reconcile-plan.ts';
import { packagesForRestart, pathsForRestart, refreshServices } from './restart.ts';
import { advance, type PatchRun, progressOf, remember, type StepOf, type Work } from './run-model.ts';
import type { Situation } from './situation.ts';
import { fetchMissing, isNothing, missingOf, workspaceNames } from './work.ts';

export type ActingKind = Exclude<PatchStep['kind'], 'rest' | 'wait'>;
type Executor<Kind extends ActingKind> = (
  run: PatchRun,
  situation: Situation,
  step: StepOf<Kind>,
  work: () => Promise<Work>,
) => Promise<void>;

const isPassing = (error: unknown): boolean => isImprintError(error) && error.definition.exit === 4;

async function download(run: PatchRun, situation: Situation, work: Work): Promise<void> {
  const { workspace, patience, machine, device } = run;
  const isBegun = situation.progress?.step === 'installing';
  let progress = progressOf(run, situation);
  if (!isBegun) progress = advance(run, progress, 'downloading');
  workspace.keepOnly(workspaceNames(run, work));
  let bytes = progress.downloadedBytes ?? 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchMissing(run, missingOf(run, work), (count) => {
        bytes += count;
      });
      break;
    } catch (error) {
      progress = remember(run, { ...progress, downloadedBytes: bytes });
      if (
        !isPassing(error) ||
        isImprintError(error, 'AGENT_PATCH_NO_ROOM') ||
        attempt >= patience.downloadAttempts
      )
        throw error;
      device.log(`download broke off, ${bytes} bytes so far: ${String(error)}`);
      await machine.sleep(patience.retryMs * attempt);
    }
  }
  advance(run, progress, isBegun ? 'installing' : 'downloaded', { downloadedBytes: bytes });
}

/** What is known before anything changes, so that what was wrong already is not blamed on the release. */
async function beforeInstalling(run: PatchRun, progress: Progress): Promise<Partial<Progress>> {
  if (progress.failingPoliciesBefore !== undefined) return {};
  const units = await run.machine.failedUnits();
  return {
    failingPoliciesBefore: failingPolicies(run.device),
    ...(units === undefined ? {} : { failedUnitsBefore: units }),
  };
}

const union = (...lists: readonly (readonly string[] | undefined)[]): string[] =>
  [...new Set(lists.flatMap((list) => list ?? []))].sort();

const pathsOf = (actions: readonly ReconcileAction[]): string[] =>
  actions.map((action) => (action.kind === 'remove' ? action.path : action.entry.path));

/** Puts what no package brings in place; what apt has changed of it in between is fetched. */
async function putInPlace(run: PatchRun, work: Work): Promise<readonly string[]> {
  const { device, workspace } = run;
  const { manifests } = work.material;
  const actions = reconcileActions(device.root, manifests);
  const missing = missingOf(run, { ...work, packages: { ...work.packages, install: [] }, actions });
  if (!isNothing(missing)) await fetchMissing(run, missing, () => {});
  reconcile(device.root, manifests, actions, workspace.blob);
  return pathsOf(actions);
}

async function install(run: PatchRun, situation: Situation, evenHeld: boolean, work: Work): Promise<void> {
  const { device, machine, workspace } = run;
  const { packages, material } = work;
  let progress = progressOf(run, situation);
  const names = packages.install.map((one) => one.package.name);
  progress = advance(run, progress, 'installing', {
    release: material.release,
    ...(await beforeInstalling(run, progress)),
    bootId: device.platform.bootId(),
    changed: union(progress.changed, names, packages.remove),
    held: union(progress.held, packages.held),
    leftover: union(progress.leftover, packages.leftover),
  });
  const isHeldAllowed = evenHeld || packages.held.length > 0;
  await runApt(device, machine, workspace, {
    changes: packages.install,
    remove: packages.remove,
    isHeldAllowed,
  });
  await holdAgain(device, machine, progress.held ?? []);
  const paths = await putInPlace(run, work);
  if (machine.isBooted) await machine.run('systemctl', ['daemon-reload'], 60_000);
  const stale = await refreshServices(machine, () => staleProcesses(device.root));
  const restartReasons = union(
    progress.restartReasons,
    packagesForRestart(progress.changed ?? []),
    pathsForRestart(paths),
    stale,
  );
  remember(run, { ...progress, restartReasons });
  commit(device.root, material.manifests, workspace.blob);
}

/** An ending of the service waits until packages are whole, and comes then: the run goes on another time. */
async function undisturbed<T>(run: PatchRun, action: () => Promise<T>): Promise<T> {
  const wait = () => {
    run.isEnding = true;
  };
  process.on('SIGTERM', wait);
  try {
    return await action();
  } finally {
    process.off('SIGTERM', wait);
  }
}

function conclude(run: PatchRun, situation: Situation): void {
  const { device, workspace } = run;
  const progress = progressOf(run, situation);
  const isWaiting =
    (progress.restartReasons?.length ?? 0) > 0 && progress.bootId === device.platform.bootId();
  advance(run, progress, isWaiting ? 'restart-needed' : 'installed', {
    installedAt: device.now().toISOString(),
  });
  workspace.clear();
}

async function health(run: PatchRun, situation: Situation, work: () => Promise<Work>): Promise<void> {
  const { device, machine, patience } = run;
  clearNotice(device);
  const progress = advance(run, progressOf(run, situation), 'installed');
  const { material } = situation.release?.patchSet === undefined ? {} : await work();
  const wishes = { set: material?.set, packages: material?.packages };
  const found = await checkHealth(device, machine, wishes, progress, patience);
  const healthCheckedAt = device.now().toISOString();
  if (found === undefined) {
    remember(run, { ...progress, healthy: true, healthCheckedAt });
    return;
  }
  const { code, message: reason } = agentError(found.code, found.params);
  device.log(`not healthy: ${reason} (${code})`);
  remember(run, { ...progress, healthy: false, healthCheckedAt, code, reason });
}

const executors: { readonly [Kind in ActingKind]: Executor<Kind> } = {
  recover: async (run) => {
    run.isRecovered = true;
    await undisturbed(run, () => recoverDpkg(run.machine));
  },
  download: async (run, situation, _step, work) => download(run, situation, await work()),
  install: async (run, situation, { evenHeld }, work) => {
    const planned = await work();
    await undisturbed(run, () => install(run, situation, evenHeld, planned));
  },
  conclude: async (run, situation) => conclude(run, situation),
  'announce-restart': async (run, situation) => {
    const { device, machine } = run;
    const progress = progressOf(run, situation);
    const text = restartNotice(progress.target.version, progress.target.deadline);
    showNotice(device, text);
    await machine.run('wall', [text]);
    remember(run, { ...progress, announcedAt: device.now().toISOString() });
  },
  restart: async (run, situation, { isWarned }) => {
    const { target } = progressOf(run, situation);
    run.isEnding = true;
    const minutes = isWarned ? run.patience.warnMinutes : 0;
    const asked = await run.machine.restart(minutes, restartNotice(target.version, target.deadline));
    if (asked.status !== 0) run.device.log(`the restart was refused: ${lastWords(asked)}`);
  },
  tidy: async (run, situation) => {
    const progress = progressOf(run, situation);
    // A kernel that still runs stays: that it does is told by the health check.
    const gone = (progress.leftover ?? []).filter((name) => !name.endsWith(`-${run.machine.kernel}`));
    await undisturbed(run, () => removePackages(run.machine, gone));
    remember(run, { ...progress, leftover: [], tidiedAt: run.device.now().toISOString() });
  },
  'check-health': async (run, situation, _step, work) => health(run, situation, work),
  'give-up': async (run, situation) => {
    const { edition, target } = situation;
    const error = agentError('AGENT_PATCH_FELL_BACK', {
      expected: target?.version ?? '-',
      got: edition.version,
    });
    advance(run, progressOf(run, situation), 'fell-back', { code: error.code, reason: error.message });
  },
};

/** Carries one step out. `work` says what is left to do, looked at anew. */
export async function executeStep(
  run: PatchRun,
  situation: Situation,
  step: PatchStep,
  work: () => Promise<Work>,
): Promise<void> {
  if (step.kind === 'rest' || step.kind === 'wait') return;
  const execute = executors[step.kind] as Executor<ActingKind>;
  await execute(run, situation, step, work);
}
