import type { Terminal } from '../context.ts';
import { runCli } from '../run.ts';

export interface FakeTerminal extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** A terminal that keeps what is printed; `answers` are typed at its prompts, and without them it is no terminal. */
export function fakeTerminal(options: {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[];
  /** What is piped in. */
  readonly piped?: string;
}): FakeTerminal {
  const printed = { out: '', error: '' };
  const answers = [...(options.answers ?? [])];
  return {
    env: options.env ?? {},
    cwd: options.cwd,
    isInputTerminal: options.answers !== undefined,
    isErrorTerminal: false,
    columns: 100,
    out: (text) => {
      printed.out += text;
    },
    error: (text) => {
      printed.error += text;
    },
    readInput: async (maximumBytes) => (options.piped ?? '').slice(0, maximumBytes + 1),
    ask: async (question) => {
      printed.error += `${question}\n`;
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nobody answers "${question}"`);
      return answer;
    },
    stdout: () => printed.out,
    stderr: () => printed.error,
  };
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Splits a line as a shell would, with single and double quotes only. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** Runs one line after `imprint` with a fixed clock. */
export async function imprint(
  line: string,
  options: Parameters<typeof fakeTerminal>[0] & { readonly now?: Date; readonly signal?: AbortSignal },
): Promise<CliResult> {
  const terminal = fakeTerminal(options);
  const code = await runCli(splitWords(line), terminal, {
    signal: options.signal ?? new AbortController().signal,
    now: () => options.now ?? new Date('2026-11-23T08:00:00.000Z'),
  });
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr() };
}
