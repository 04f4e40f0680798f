import { ImprintError, isImprintError } from '@imprint/protocol';
import type { ProgressEvent } from '../progress.ts';
import type { FinishedBuild } from './finish-build.ts';

/** An `ImprintError` as data, so that it crosses from the worker whole. */
export interface ErrorData {
  readonly code: string;
  readonly definition: ImprintError['definition'];
  readonly params: ImprintError['params'];
  readonly place?: ImprintError['place'];
  readonly details: readonly ErrorData[];
}

/** One line of the worker's standard output. */
export type WorkerMessage =
  | { readonly kind: 'event'; readonly event: ProgressEvent }
  | { readonly kind: 'done'; readonly build: FinishedBuild }
  | { readonly kind: 'refused'; readonly error: ErrorData };

export function errorToData(error: ImprintError): ErrorData {
  const { code, definition, params, place, details } = error;
  return { code, definition, params, place, details: details.map(errorToData) };
}

export function errorFromData({ code, definition, params, place, details }: ErrorData): ImprintError {
  const options = { ...(place === undefined ? {} : { place }), details: details.map(errorFromData) };
  return new ImprintError(code, definition, params, options);
}

export { isImprintError };
