import type { Reporter } from '@imprint/edition';
import { type ImprintError, type Language, problemOf } from '@imprint/protocol';
import { errorLines } from '../cli/print-error.ts';
import { openProgress, type ProgressMode } from '../cli/progress.ts';
import { formatBytes, formatDuration, spaced } from '../cli/progress-format.ts';
import type { Stage, StageOutcome } from './stage.ts';
import type { Summary } from './summary.ts';
import { summaryLines } from './summary-lines.ts';

export interface ViewOptions {
  readonly mode: ProgressMode;
  readonly language: Language;
  readonly write: (text: string) => void;
  readonly now: () => Date;
  readonly columns: number;
}

/** What `npm start` shows: stages with their commands and progress, then the summary or the error. */
export interface StartView {
  readonly reporter: Reporter;
  begin(stage: Stage, position: number, total: number): void;
  end(stage: Stage, outcome: StageOutcome, durationMs: number): void;
  command(line: string): void;
  note(line: string): void;
  summary(summary: Summary): void;
  error(error: ImprintError, tail: string | undefined): void;
}

const words = {
  en: { done: 'done', kept: 'unchanged' },
  'zh-CN': { done: '完成', kept: '未变' },
} as const;

/** Opens the view: live on a terminal, plain lines when piped, one JSON event per line for programs. */
export function openView(options: ViewOptions): StartView {
  return options.mode === 'json' ? jsonView(options) : peopleView(options);
}

function peopleView(options: ViewOptions): StartView {
  const { language, write } = options;
  let progress = openProgress(options);
  const line = (text: string) => progress.note(text);
  return {
    reporter: (event) => progress.reporter(event),
    begin: (stage, position, total) => {
      progress = openProgress(options);
      line(`[${String(position).padStart(String(total).length)}/${total}] ${stage.title[language]}`);
    },
    end: (_stage, { state, note, sizeBytes }, durationMs) => {
      const size = sizeBytes === undefined ? '' : formatBytes(sizeBytes);
      line(`  ${spaced(words[language][state], formatDuration(durationMs), size, note)}`);
      progress.stop();
    },
    command: (command) => line(`  $ ${command}`),
    note: (text) => line(`  ${text}`),
    summary: (summary) => write(`\n${summaryLines(summary, language).join('\n')}\n`),
    error: (error, tail) => {
      progress.stop();
      if (tail !== undefined) write(`${tail}\n`);
      write(`\n${errorLines(error, language).join('\n')}\n`);
    },
  };
}

function jsonView({ write, language, now }: ViewOptions): StartView {
  const put = (value: object) => write(`${JSON.stringify(value)}\n`);
  const at = () => now().toISOString();
  return {
    reporter: (event) => put({ type: 'progress', ...event }),
    begin: ({ id }, position, total) => put({ type: 'stage', at: at(), id, state: 'begun', position, total }),
    end: ({ id }, outcome, durationMs) => put({ type: 'stage', at: at(), id, ...outcome, durationMs }),
    command: (line) => put({ type: 'command', at: at(), line }),
    note: (text) => put({ type: 'note', at: at(), text }),
    summary: (summary) => put({ type: 'summary', at: at(), ...summary }),
    error: (error, console) =>
      put({ type: 'error', at: at(), problem: problemOf(error, language), ...(console && { console }) }),
  };
}
