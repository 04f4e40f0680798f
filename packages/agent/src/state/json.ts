import { isImprintError } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import type { StateFiles } from './files.ts';

/** Parses JSON text, or returns undefined. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** True for a plain JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One named JSON record of the state; `isShape` decides whether what was read can be used. */
export interface StateRecord<T> {
  load(files: StateFiles): T | undefined;
  save(files: StateFiles, value: T): void;
  clear(files: StateFiles): void;
}

/** Declares a record. A damaged one is an error that names its file, never silently forgotten. */
export function stateRecord<T>(
  name: string,
  expected: string,
  isShape: (value: Record<string, unknown>) => boolean,
): StateRecord<T> {
  return {
    load(files) {
      const bytes = files.read(name);
      if (bytes === undefined) return undefined;
      const value = parseJson(bytes);
      if (!isRecord(value) || !isShape(value)) {
        throw agentError('AGENT_STATE_CORRUPT', { file: name, expected });
      }
      return value as T;
    },
    save: (files, value) => files.write(name, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)),
    clear: (files) => files.remove(name),
  };
}

/** Loads a record that can be had anew: a damaged one is as good as none, and keeps nothing from going on. */
export function loadReadable<T>(files: StateFiles, record: StateRecord<T>): T | undefined {
  try {
    return record.load(files);
  } catch (error) {
    if (isImprintError(error, 'AGENT_STATE_CORRUPT')) return undefined;
    throw error;
  }
}
