import { agentError } from '../errors.ts';
import { request } from './request.ts';

/** Reads a file of the published content tree; undefined where the server has none. */
export type ContentFetch = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

const smallFileMs = 60_000;
const bytesPerSecond = 20_000;
const longestMs = 20 * 60_000;

/**
 * Opens the static content under `<server>/content/`. The time allowed grows with the size expected, up to `mostMs`.
 * @throws by the returned function: AGENT_SERVER_BUSY and what `request` throws
 */
export function openContent(server: string, mostMs = longestMs): ContentFetch {
  return async (path, maxBytes) => {
    const url = new URL(`${server}/content/${path}`);
    const timeoutMs = Math.min(smallFileMs + (maxBytes / bytesPerSecond) * 1000, mostMs);
    const answer = await request(url, { maxBytes, timeoutMs });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 || answer.status === 410) return undefined;
    throw agentError('AGENT_SERVER_BUSY', { path: url.pathname, status: answer.status });
  };
}
