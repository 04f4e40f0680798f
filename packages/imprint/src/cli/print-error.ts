import {
  type ErrorPlace,
  type ImprintError,
  isImprintError,
  type Language,
  problemOf,
} from '@imprint/protocol';
import type { Context, Terminal } from './context.ts';
import { cliError } from './errors.ts';

function placeText(place: ErrorPlace | undefined): string {
  if (place === undefined) return '';
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  // A line says more than a pointer; a pointer is shown where there is no line.
  const pointer = place.line === undefined ? (place.pointer ?? '') : '';
  return position === '' && pointer === ''
    ? ''
    : `${[position, pointer].filter((part) => part !== '').join(' ')}: `;
}

/** The lines of an error for people: itself, its hint, then every detail with its own place and hint. */
export function errorLines(error: ImprintError, language: Language): string[] {
  const hint = error.hintIn(language);
  return [
    `imprint: error: ${placeText(error.place)}${error.messageIn(language)}`,
    ...(hint === undefined ? [] : [`imprint: hint: ${hint}`]),
    ...error.details.flatMap((detail) => errorLines(detail, language)),
  ];
}

/** The registered error behind anything thrown: aborts become CLI_INTERRUPTED, the unknown CLI_INTERNAL. */
export function registeredError(thrown: unknown, signal: AbortSignal): ImprintError {
  if (signal.aborted) return cliError('CLI_INTERRUPTED', {}, { cause: thrown });
  if (isImprintError(thrown)) return thrown;
  const systemError = fileError(thrown);
  if (systemError !== undefined) return systemError;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return cliError('CLI_INTERNAL', { reason }, { cause: thrown });
}

const fileReasons = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'EROFS']);

function fileError(thrown: unknown): ImprintError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('path' in thrown)) return undefined;
  const { code, path } = thrown;
  if (typeof code !== 'string' || typeof path !== 'string' || !fileReasons.has(code)) return undefined;
  return cliError('CLI_FILE_UNREADABLE', { file: path, reason: code }, { cause: thrown });
}

/** Prints an error on stderr (with `--json`, the problem object on stdout too) and returns the exit code. */
export function printError(
  error: ImprintError,
  terminal: Terminal,
  context: Pick<Context, 'json' | 'language'>,
): number {
  if (context.json) terminal.out(`${JSON.stringify(problemOf(error, context.language), undefined, 2)}\n`);
  else terminal.error(`${errorLines(error, context.language).join('\n')}\n`);
  if (terminal.env.IMPRINT_DEBUG === '1')
    terminal.error(`${String(error.stack)}\n${String(error.cause ?? '')}\n`);
  return error.definition.exit;
}
