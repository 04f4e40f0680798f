import { join } from 'node:path';
import type { Language } from '@imprint/protocol';
import type { HomePaths } from '../home.ts';
import { openDriver } from './cli-driver.ts';
import type { Facts } from './facts.ts';
import type { StartOptions } from './options.ts';
import { holdHome } from './run-guard.ts';
import { runStages } from './run-stages.ts';
import type { StageContext } from './stage.ts';
import { deviceDirectory } from './stages/device.ts';
import { stagesFor } from './stages/index.ts';
import { summaryOf } from './summary.ts';
import type { StartView } from './view.ts';

export interface StartRun {
  /** The checkout. */
  readonly root: string;
  readonly home: HomePaths;
  readonly options: StartOptions;
  readonly language: Language;
  readonly view: StartView;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/**
 * Goes from packages to a reporting device, and sums it up. What stands from an earlier run is used again; server and
 * device end with the run. @throws START_ALREADY_RUNNING and the errors of the stages
 */
export async function start(run: StartRun): Promise<void> {
  const { home, options, view, now } = run;
  const startedAt = now().getTime();
  const release = await holdHome(home.directory);
  const undos: (() => Promise<void>)[] = [release];
  const facts: Facts = {};
  try {
    await runStages(stagesFor(options), contextOf(run, facts, undos), view);
    const places = {
      root: run.root,
      repository: home.repository,
      console: join(deviceDirectory(home.run), 'console.log'),
      home: options.home,
    };
    view.summary(summaryOf(facts, places, now().getTime() - startedAt));
    if (options.keep) await untilStopped(run);
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}

function contextOf(run: StartRun, facts: Facts, undos: (() => Promise<void>)[]): StageContext {
  const { root, home, options, language, view, signal, now } = run;
  const driver = openDriver({
    home: home.directory,
    language,
    cwd: root,
    signal,
    now,
    reporter: view.reporter,
    onCommand: view.command,
  });
  return {
    root,
    home,
    options,
    language,
    driver,
    signal,
    facts,
    now,
    reporter: view.reporter,
    say: (text) => text[language],
    command: view.command,
    note: view.note,
    onEnd: (undo) => undos.push(undo),
  };
}

function untilStopped({ view, language, signal }: StartRun): Promise<void> {
  const text = { en: 'serving until Ctrl-C', 'zh-CN': '持续服务，按 Ctrl-C 停止' };
  view.note(text[language]);
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
    // A listener alone does not keep the process.
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener('abort', () => clearInterval(alive), { once: true });
  });
}
