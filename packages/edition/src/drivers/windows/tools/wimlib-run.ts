import { isImprintError } from '@imprint/protocol';
import { runTool, type ToolResult } from '../../../tools/run-tool.ts';
import { wimError } from '../formats/wim/errors.ts';
import { windowsToolError } from './errors.ts';

/** How far wimlib is with what it does, as it prints it. */
export interface WimlibProgress {
  /** What is done, in wimlib's words, such as "Archiving file data". */
  readonly phase: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

export interface WimlibOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WimlibProgress) => void) | undefined;
}

/** What a command works on, so that its failure names it. */
interface Subject {
  readonly file: string;
  readonly index?: number | 'all' | undefined;
}

export interface WimlibCommand extends Subject {
  readonly args: readonly string[];
  readonly input?: string | undefined;
  /** Takes the lines of standard output other than progress. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** wimlib's error numbers that have a meaning of their own here. Source: wimlib.h `enum wimlib_error_code`. */
const code = {
  alreadyLocked: 1,
  decompression: 2,
  fuse: 6,
  imageCount: 10,
  integrity: 13,
  invalidHeader: 17,
  invalidImage: 18,
  invalidIntegrityTable: 19,
  invalidLookupTable: 20,
  invalidMetadata: 21,
  invalidResourceHash: 28,
  metadataNotFound: 36,
  notAWim: 43,
  pathMissing: 49,
  resourceNotFound: 55,
  splitInvalid: 62,
  endOfFile: 65,
  unknownVersion: 67,
  xml: 73,
  notAMountpoint: 80,
} as const;

const corrupt: readonly number[] = [
  code.decompression,
  code.imageCount,
  code.integrity,
  code.invalidHeader,
  code.invalidIntegrityTable,
  code.invalidLookupTable,
  code.invalidMetadata,
  code.invalidResourceHash,
  code.metadataNotFound,
  code.endOfFile,
  code.xml,
];

const progressLine = /^(.+?): (?:\S+ \S+ of \S+ \S+ )?.*?\((\d{1,3})%\)/;

/** Reads a progress line. */
export function parseProgress(line: string): WimlibProgress | undefined {
  const match = progressLine.exec(line);
  return match === null
    ? undefined
    : { phase: match[1] ?? '', fraction: Math.min(Number(match[2]) / 100, 1) };
}

/** Turns wimlib's error number into the error that says what to do. */
function errorOf(exit: number, lastLines: string, command: WimlibCommand, cause: unknown): Error {
  const { file, index = 0 } = command;
  const reason =
    /^(?:\[ERROR\]|fuse:) (.+)/m.exec(lastLines)?.[1] ?? lastLines.split('\n').at(-1)?.trim() ?? '';
  const options = { cause };
  if (corrupt.includes(exit)) return wimError('WINDOWS_WIM_CORRUPT', { file, reason }, options);
  if (exit === code.notAWim)
    return wimError('WINDOWS_WIM_MALFORMED', { file, expected: 'the signature MSWIM', got: reason }, options);
  if (exit === code.unknownVersion)
    return wimError('WINDOWS_WIM_UNSUPPORTED', { file, feature: reason }, options);
  if (exit === code.pathMissing)
    return wimError('WINDOWS_WIM_PATH_MISSING', { file, index, reason }, options);
  if (exit === code.resourceNotFound || exit === code.splitInvalid)
    return wimError('WINDOWS_WIM_BLOB_MISSING', { file }, options);
  if (exit === code.alreadyLocked) return wimError('WINDOWS_WIM_LOCKED', { file }, options);
  if (exit === code.fuse || exit === code.notAMountpoint)
    return windowsToolError('WINDOWS_TOOL_MOUNT', { reason }, options);
  const name = command.args[0] ?? '';
  return windowsToolError(
    'WINDOWS_TOOL_WIMLIB',
    { command: name, outcome: `exit code ${exit}`, lastLines },
    options,
  );
}

/** Splits progress from other lines; what a reader of lines throws is kept until the tool has ended. */
function lineHandler(command: WimlibCommand, options: WimlibOptions) {
  const failure: { cause?: unknown } = {};
  const onLine = (line: string, stream: 'stdout' | 'stderr') => {
    if (stream !== 'stdout' || 'cause' in failure) return;
    try {
      const progress = command.onLine === undefined ? parseProgress(line) : undefined;
      if (progress !== undefined) options.onProgress?.(progress);
      else command.onLine?.(line);
    } catch (cause) {
      failure.cause = cause;
    }
  };
  return { onLine, failure };
}

/**
 * Runs wimlib-imagex and maps its error numbers.
 *
 * @throws WINDOWS_WIM_CORRUPT, WINDOWS_WIM_MALFORMED, WINDOWS_WIM_PATH_MISSING, WINDOWS_WIM_BLOB_MISSING,
 * WINDOWS_WIM_UNSUPPORTED, WINDOWS_WIM_LOCKED, WINDOWS_TOOL_MOUNT, WINDOWS_TOOL_WIMLIB, TOOL_MISSING
 */
export async function runWimlib(command: WimlibCommand, options: WimlibOptions = {}): Promise<ToolResult> {
  const { onLine, failure } = lineHandler(command, options);
  try {
    const result = await runTool(['wimlib-imagex', ...command.args], {
      signal: options.signal,
      input: command.input,
      onLine,
      onStdout: () => {},
    });
    if ('cause' in failure) throw failure.cause;
    return result;
  } catch (cause) {
    if (!isImprintError(cause, 'TOOL_FAILED')) throw cause;
    const lastLines = String(cause.params.lastLines);
    const exit = /exit code (\d+)/.exec(String(cause.params.outcome))?.[1];
    if (exit === undefined) throw cause;
    throw errorOf(Number(exit), lastLines, command, cause);
  }
}
