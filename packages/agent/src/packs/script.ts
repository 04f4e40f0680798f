import { type PatchStep, packLimits } from '@imprint/protocol';
import { parseJson } from '../state/json.ts';
import { packError } from './errors.ts';

export type BaseStep = Extract<PatchStep, readonly ['s' | 'b' | 'z', ...unknown[]]>;
/** A step and where in the canonical `.deb` its bytes begin. */
export interface PlacedStep {
  readonly step: PatchStep;
  readonly at: number;
  readonly length: number;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= packLimits.deb;

function isStep(value: unknown): value is PatchStep {
  if (isCount(value)) return true;
  if (!Array.isArray(value)) return false;
  const [kind, path, sizeBytes, digest, length, plain] = value as unknown[];
  if (kind === 'w') return value.length === 2 && isCount(path);
  const hasBase =
    typeof path === 'string' &&
    path.length <= 4096 &&
    isCount(sizeBytes) &&
    typeof digest === 'string' &&
    /^[0-9a-f]{16}$/.test(digest);
  if (kind === 's') return hasBase && value.length === 4;
  if (!hasBase || !isCount(length)) return false;
  if (kind === 'b') return value.length === 5;
  const isSmall = isCount(plain) && Math.max(plain, length, Number(sizeBytes)) <= packLimits.gzipped;
  return kind === 'z' && value.length === 6 && isSmall;
}

/** The step if it reads an installed file. */
export function baseStep(step: PatchStep): BaseStep | undefined {
  return typeof step === 'number' || step[0] === 'w' ? undefined : step;
}

function lengthOf(step: PatchStep): number {
  if (typeof step === 'number') return step;
  if (step[0] === 'w') return step[1];
  return step[0] === 's' ? step[2] : step[4];
}

/**
 * Reads a patch's script, which gives `debBytes` bytes.
 * @throws AGENT_PATCH_MALFORMED
 */
export function readScript(bytes: Uint8Array, debBytes: number): PlacedStep[] {
  const refuse = (expected: string) => packError('AGENT_PATCH_MALFORMED', { expected });
  const steps = parseJson(bytes);
  if (!Array.isArray(steps)) throw refuse('a JSON array of steps');
  let at = 0;
  const placed = steps.map((step: unknown, number): PlacedStep => {
    if (!isStep(step)) throw refuse(`step ${number} to be one of those known`);
    const length = lengthOf(step);
    const place = { step, at, length };
    at += length;
    return place;
  });
  if (at !== debBytes) throw refuse(`steps that give ${debBytes} bytes`);
  return placed;
}
