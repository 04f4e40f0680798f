import { type ImprintError, isImprintError, type Language, problemOf } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';

export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The registered error behind anything thrown. */
export function registeredError(thrown: unknown): ImprintError {
  if (isImprintError(thrown)) return thrown;
  const code = systemCode(thrown);
  if (code === 'EACCES' || code === 'EPERM') {
    const path = thrown instanceof Error && 'path' in thrown ? String(thrown.path) : '-';
    return agentError('AGENT_NOT_PERMITTED', { path, reason: code }, { cause: thrown });
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return agentError('AGENT_INTERNAL', { reason }, { cause: thrown });
}

/** Prints an error with its hint, or with --json the problem object on stdout; returns the exit code. */
export function printError(thrown: unknown, output: Output, json: boolean, language: Language): number {
  const error = registeredError(thrown);
  if (json) output.out(`${JSON.stringify(problemOf(error, language), undefined, 2)}\n`);
  else {
    const hint = error.hintIn(language);
    output.error(`imprint-agent: error: ${error.messageIn(language)} (${error.code})\n`);
    if (hint !== undefined) output.error(`imprint-agent: hint: ${hint}\n`);
  }
  if (output.env.IMPRINT_DEBUG === '1') output.error(`${error.stack ?? ''}\n${String(error.cause ?? '')}\n`);
  return error.definition.exit;
}
