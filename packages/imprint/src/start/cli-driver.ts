import type { ProgressEvent, Reporter } from '@imprint/edition';
import type { ExitCode, Language, Problem } from '@imprint/protocol';
import type { Terminal } from '../cli/context.ts';
import { runCli } from '../cli/run.ts';
import { errorOfProblem } from './problem-error.ts';

export interface DriverOptions {
  readonly home: string;
  readonly language: Language;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly reporter: Reporter;
  /** Told each command as a person would type it. */
  readonly onCommand: (line: string) => void;
}

/** Runs command lines of `imprint` as a person would, in this process. */
export interface CliDriver {
  /** The command's answer as `--json` gives it. @throws the command's own registered error */
  run(argv: readonly string[]): Promise<unknown>;
}

/** A word as one would type it in `cwd`; for display only, nothing here ever reaches a shell. */
function shown(word: string, cwd: string): string {
  const short = word.startsWith(`${cwd}/`) ? word.slice(cwd.length + 1) : word;
  return /^[\w@%+=:,./-]+$/u.test(short) ? short : `'${short}'`;
}

/** Opens a driver on one home; progress goes to the reporter. */
export function openDriver(options: DriverOptions): CliDriver {
  const { home, language, signal, now } = options;
  return {
    async run(argv) {
      options.onCommand(['imprint', ...argv].map((word) => shown(word, options.cwd)).join(' '));
      let answer = '';
      const terminal: Terminal = {
        env: { IMPRINT_HOME: home, IMPRINT_LANG: language, IMPRINT_DEBUG: process.env.IMPRINT_DEBUG },
        cwd: options.cwd,
        isInputTerminal: false,
        isErrorTerminal: false,
        columns: 80,
        out: (text) => {
          answer += text;
        },
        error: (text) => passOn(text, options.reporter),
        readInput: () => Promise.reject(new TypeError('there is no input to read')),
        ask: () => Promise.reject(new TypeError('there is nobody to ask')),
      };
      const exit = await runCli([...argv, '--json'], terminal, { signal, now });
      const value: unknown = answer.trim() === '' ? undefined : JSON.parse(answer);
      if (isProblem(value)) throw errorOfProblem(value, exit as ExitCode);
      return value;
    },
  };
}

/** With `--json` a command writes its progress as one event per line. */
function passOn(text: string, reporter: Reporter): void {
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as ProgressEvent;
    if (typeof event.stage === 'string') reporter(event);
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'status' in value
  );
}
