import type { ProgressEvent, Reporter } from '@imprint/edition';
import type { Language } from '@imprint/protocol';
import { textWidth } from './help.ts';
import { formatAmount, formatBar, formatBytes, formatDuration, spaced } from './progress-format.ts';

export type ProgressMode = 'live' | 'plain' | 'json';

export interface ProgressOptions {
  readonly mode: ProgressMode;
  readonly language: Language;
  /** Where lines go: stderr for commands, stdout for `npm start`. */
  readonly write: (text: string) => void;
  readonly now: () => Date;
  readonly columns: number;
}

/** Shows progress events; `stop` ends the live view and must be called before anything else is printed. */
export interface ProgressView {
  readonly reporter: Reporter;
  /** Prints a line above the live view. */
  note(line: string): void;
  stop(): void;
}

/** Least time between two redraws of the live view, and between two plain progress lines. */
const redrawMs = 100;
const plainEveryMs = 10_000;

const words = {
  en: { started: 'started', cached: 'unchanged', warning: 'warning' },
  'zh-CN': { started: '开始', cached: '未变', warning: '警告' },
} as const;

/** Opens the view of long work: a live one on a terminal, plain lines when piped, JSON lines for programs. */
export function openProgress(options: ProgressOptions): ProgressView {
  if (options.mode === 'json') return jsonView(options);
  return options.mode === 'live' ? liveView(options) : plainView(options);
}

function jsonView({ write }: ProgressOptions): ProgressView {
  const put = (value: unknown) => write(`${JSON.stringify(value)}\n`);
  return { reporter: put, note: (note) => put({ kind: 'note', note }), stop: () => {} };
}

function nameOf(event: ProgressEvent): string {
  return event.step === undefined ? event.stage : `${event.stage}: ${event.step}`;
}

/** The lasting line of an event that ends something, or undefined for one that only moves it. */
function closingLine(event: ProgressEvent, language: Language): string | undefined {
  const size = event.sizeBytes === undefined ? '' : formatBytes(event.sizeBytes);
  const time = event.durationMs === undefined ? '' : formatDuration(event.durationMs);
  const text = words[language];
  if (event.kind === 'done') return `  ${spaced(nameOf(event), time, size, formatAmount(event), event.note)}`;
  if (event.kind === 'cached') return `  ${spaced(nameOf(event), text.cached, size, event.note)}`;
  if (event.kind === 'warn') return `  ${spaced(nameOf(event), `${text.warning}: ${event.note ?? ''}`)}`;
  return undefined;
}

function plainView(options: ProgressOptions): ProgressView {
  const { language, write, now } = options;
  const saidAt = new Map<string, number>();
  const put = (line: string) => write(`${line}\n`);
  const reporter: Reporter = (event) => {
    const closing = closingLine(event, language);
    if (closing !== undefined) return put(closing);
    // Counted by stage: a stage may name a new step with each event.
    const isStart = event.kind === 'start';
    if (!isStart && now().getTime() - (saidAt.get(event.stage) ?? 0) < plainEveryMs) return undefined;
    saidAt.set(event.stage, now().getTime());
    const started = isStart ? words[language].started : '';
    return put(`  ${spaced(nameOf(event), started, formatAmount(event), isStart ? undefined : event.note)}`);
  };
  return { reporter, note: put, stop: () => {} };
}

/** A stage under way and what it last said; it has one line, whatever steps it goes through. */
interface Running {
  readonly startedAt: number;
  event: ProgressEvent;
}

function liveView(options: ProgressOptions): ProgressView {
  const { write, now, language } = options;
  const running = new Map<string, Running>();
  let drawn = 0;
  const erase = () => {
    // Up over what was drawn, then clear to the end of the screen.
    if (drawn > 0) write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    const lines = [...running.values()].map((one) => runningLine(one, options));
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const note = (line: string) => {
    erase();
    write(`${line}\n`);
    draw();
  };
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  const reporter: Reporter = (event) => {
    const closing = closingLine(event, language);
    const ends = event.kind === 'done' || event.kind === 'cached';
    if (ends && event.step === undefined) running.delete(event.stage);
    if (closing !== undefined) return note(closing);
    const known = running.get(event.stage);
    if (known === undefined) running.set(event.stage, { startedAt: now().getTime(), event });
    else known.event = event;
    return undefined;
  };
  return {
    reporter,
    note,
    stop: () => {
      clearInterval(timer);
      erase();
    },
  };
}

function runningLine({ startedAt, event }: Running, { now, columns }: ProgressOptions): string {
  const elapsed = formatDuration(now().getTime() - startedAt);
  const share =
    event.done === undefined || event.total === undefined || event.total === 0
      ? ''
      : `${Math.floor((100 * event.done) / event.total)} %`;
  const bar = formatBar(event.done, event.total, 24);
  const line = `> ${spaced(nameOf(event), bar, share, formatAmount(event), elapsed, event.note)}`;
  return clip(line, columns - 1);
}

/** Cuts a line to the terminal's width: a wrapped line would break the count of lines to erase. */
function clip(line: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const character of line) {
    used += textWidth(character);
    if (used > width) return line.slice(0, end);
    end += character.length;
  }
  return line;
}
