import type { Reporter } from '@imprint/edition';
import type { Context } from './context.ts';
import { openProgress } from './progress.ts';

/** Runs long work with its progress shown on stderr; the result stays alone on stdout. */
export async function withProgress<T>(
  context: Context,
  work: (reporter: Reporter) => Promise<T>,
): Promise<T> {
  const { terminal, language, now, json } = context;
  const mode = json ? 'json' : terminal.isErrorTerminal ? 'live' : 'plain';
  const view = openProgress({
    mode,
    language,
    now,
    columns: terminal.columns,
    write: (text) => terminal.error(text),
  });
  try {
    return await work(view.reporter);
  } finally {
    view.stop();
  }
}
