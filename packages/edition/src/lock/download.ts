import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContentStore, guardSpace, type PartialBlob } from '../store/index.ts';
import { lockError } from './errors.ts';

const attempts = 4;
const stallTimeoutMs = 30_000;

/** One blob to be had from an address; `sizeBytes` bounds what is read. */
export interface Wanted {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface DownloadOptions {
  readonly store: ContentStore;
  readonly signal: AbortSignal;
  /** Called with the bytes that have come, resumed ones included; negative when a beginning had to be dropped. */
  readonly onBytes: (count: number) => void;
  /** First pause between attempts in milliseconds; it doubles. */
  readonly pauseMs?: number | undefined;
}

/** The server answered and the answer will not change by asking again. */
class Gone extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

function isResumed(response: Response, offset: number): boolean {
  return (
    response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${offset}-`) === true
  );
}

async function request(url: string, offset: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) headers.range = `bytes=${offset}-`;
  const response = await fetch(url, { headers, signal, redirect: 'follow' });
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  const retry = response.status >= 500 || response.status === 429 || response.status === 408;
  throw retry ? new Error(`status ${response.status}`) : new Gone(response.status);
}

/** Appends what is missing to the beginning on disk, or starts anew if the server does not resume. */
async function transfer(wanted: Wanted, partial: PartialBlob, options: DownloadOptions): Promise<void> {
  const handle = await open(partial.path, 'a+');
  const stalled = new AbortController();
  const stop = () => stalled.abort(new Error(`no byte for ${stallTimeoutMs / 1000} s`));
  let timer = setTimeout(stop, stallTimeoutMs);
  try {
    let offset = (await handle.stat()).size;
    if (offset === wanted.sizeBytes) return;
    const response = await request(wanted.url, offset, AbortSignal.any([options.signal, stalled.signal]));
    if (offset > 0 && !isResumed(response, offset)) {
      await handle.truncate(0);
      options.onBytes(-offset);
      offset = 0;
      if (response.status === 416) throw new Error('a range the server does not have');
    }
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stop, stallTimeoutMs);
      offset += chunk.length;
      if (offset > wanted.sizeBytes) break;
      await handle.writeFile(chunk);
      options.onBytes(chunk.length);
    }
    if (offset !== wanted.sizeBytes) throw new Error(`${offset} of ${wanted.sizeBytes} bytes`);
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** Tries until the whole size is there. @throws LOCK_PACKAGE_GONE, LOCK_FETCH_FAILED, STORE_FULL */
async function transferPatiently(
  wanted: Wanted,
  partial: PartialBlob,
  options: DownloadOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await guardSpace(options.store.directory, wanted.url, () => transfer(wanted, partial, options));
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Gone)
        throw lockError('LOCK_PACKAGE_GONE', { url: wanted.url, status: error.status });
      if ((error as { code?: string }).code === 'STORE_FULL') throw error;
      const params = { url: wanted.url, reason: reasonOf(error), attempts };
      if (attempt === attempts) throw lockError('LOCK_FETCH_FAILED', params, { cause: error });
      await sleep((options.pauseMs ?? 500) * 2 ** (attempt - 1), undefined, { signal: options.signal });
    }
  }
}

async function downloadOnce(wanted: Wanted, options: DownloadOptions): Promise<boolean> {
  const partial = await options.store.claimPartial(wanted.sha256);
  options.onBytes(partial.sizeBytes);
  try {
    await transferPatiently(wanted, partial, options);
  } catch (error) {
    await partial.release();
    throw error;
  }
  try {
    await partial.commit();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'STORE_DIGEST_MISMATCH') throw error;
    options.onBytes(-wanted.sizeBytes);
    // A beginning of another run may be what is wrong; a whole new transfer that is wrong is the server's.
    if (partial.sizeBytes > 0) return false;
    const { expected = '', got = '' } = (error as { params?: Record<string, string> }).params ?? {};
    throw lockError('LOCK_CONTENT_MISMATCH', { url: wanted.url, expected, got }, { cause: error });
  }
}

/**
 * Brings one blob into the store: resumes an interrupted transfer, tries again after faults, keeps only what has the digest.
 *
 * @throws LOCK_PACKAGE_GONE, LOCK_FETCH_FAILED, LOCK_CONTENT_MISMATCH, STORE_FULL
 */
export async function download(wanted: Wanted, options: DownloadOptions): Promise<void> {
  if (!(await downloadOnce(wanted, options))) await downloadOnce(wanted, options);
}
