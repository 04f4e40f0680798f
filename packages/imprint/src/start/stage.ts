import type { Reporter } from '@imprint/edition';
import type { Language, Localized } from '@imprint/protocol';
import type { HomePaths } from '../home.ts';
import type { CliDriver } from './cli-driver.ts';
import type { Facts } from './facts.ts';
import type { StartOptions } from './options.ts';

/** What every stage may use. `facts` is what the stages before it found out or made. */
export interface StageContext {
  readonly home: HomePaths;
  /** The checkout: where editions, tools and packages are. */
  readonly root: string;
  readonly options: StartOptions;
  readonly language: Language;
  readonly driver: CliDriver;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly facts: Facts;
  now(): Date;
  say(text: Localized): string;
  /** Shows a command as a person would type it. */
  command(line: string): void;
  /** A line for people, below the stage it belongs to. */
  note(line: string): void;
  /** Something to undo when the run ends, however it ends; the last comes first. */
  onEnd(undo: () => Promise<void>): void;
}

/** `kept`: what stands from an earlier run is still right, and nothing was done. */
export interface StageOutcome {
  readonly state: 'done' | 'kept';
  readonly note?: string;
  readonly sizeBytes?: number;
}

/** One leg of the way, as data: what it is called and what it does. */
export interface Stage {
  readonly id: string;
  readonly title: Localized;
  run(context: StageContext): Promise<StageOutcome>;
}
