import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ImprintError } from '@imprint/protocol';
import { chooseLanguage } from '../cli/language.ts';
import { registeredError } from '../cli/print-error.ts';
import { consoleTail } from '../device-lab/index.ts';
import { findHome } from '../home.ts';
import { parseStartOptions, type StartOptions, startHelp } from './options.ts';
import { start } from './start.ts';
import { openView, type StartView } from './view.ts';

const root = resolve(import.meta.dirname, '../../../..');
const controller = new AbortController();
/** A terminal and a parent may both pass the same Ctrl-C on: a second one counts only when it comes later. */
const sameSignalMs = 500;
let stoppedAt = 0;
const stop = () => {
  if (stoppedAt !== 0 && Date.now() - stoppedAt > sameSignalMs) process.exit(130);
  stoppedAt ||= Date.now();
  controller.abort(new Error('interrupted'));
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);

function viewOf(options: Pick<StartOptions, 'json'>, language: ReturnType<typeof chooseLanguage>): StartView {
  const mode = options.json ? 'json' : process.stdout.isTTY ? 'live' : 'plain';
  const write = (text: string) => void process.stdout.write(text);
  return openView({ mode, language, write, now: () => new Date(), columns: process.stdout.columns ?? 80 });
}

/** The end of the console log that an error names, for people to read at once. */
async function consoleOf(error: ImprintError): Promise<string | undefined> {
  const { console } = error.params;
  if (typeof console !== 'string') return undefined;
  return consoleTail(await readFile(console, 'utf8').catch(() => ''));
}

async function main(argv: readonly string[]): Promise<number> {
  let view = viewOf({ json: argv.includes('--json') }, chooseLanguage(undefined, process.env));
  try {
    const options = parseStartOptions(argv);
    const language = chooseLanguage(options.language, process.env);
    view = viewOf(options, language);
    if (options.help) {
      process.stdout.write(`${startHelp[language]}\n`);
      return 0;
    }
    const home = findHome(options.home, process.env, root);
    await start({ root, home, options, language, view, signal: controller.signal, now: () => new Date() });
    return 0;
  } catch (thrown) {
    const error = registeredError(thrown, controller.signal);
    view.error(error, await consoleOf(error));
    return error.definition.exit;
  }
}

// Nothing that still listens may keep a finished run from ending.
process.exit(await main(process.argv.slice(2)));
