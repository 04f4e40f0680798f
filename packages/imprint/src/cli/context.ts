import type { Language, Localized } from '@imprint/protocol';
import type { HomePaths } from '../home.ts';

/** The process's ends, injected so that a transcript test can hold them. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isInputTerminal: boolean;
  readonly isErrorTerminal: boolean;
  readonly columns: number;
  out(text: string): void;
  error(text: string): void;
  /** Reads what is piped in, at most one byte more than the maximum. */
  readInput(maximumBytes: number): Promise<string>;
  /** Asks on the terminal; `hidden` does not echo. Only called when the input is a terminal. */
  ask(question: string, options: { readonly hidden: boolean; readonly signal: AbortSignal }): Promise<string>;
}

/** What every command may use, and nothing else of the process. */
export interface Context {
  readonly terminal: Terminal;
  readonly language: Language;
  readonly json: boolean;
  readonly home: HomePaths;
  /** Aborted once by Ctrl-C or SIGTERM; long work stops cleanly and throws. */
  readonly signal: AbortSignal;
  now(): Date;
  say(text: Localized): string;
  /** An absolute path of a file named on the command line. */
  path(file: string): string;
}
