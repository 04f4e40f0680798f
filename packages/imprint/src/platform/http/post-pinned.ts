import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isLocalAddress, isLoopbackHost } from './outbound-hosts.ts';

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Says where a name leads; the system's resolver if absent. */
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>;
}

/** Why a POST brought no answer; the text is short and holds nothing of the address. */
export class PostFailed extends Error {}

/**
 * Sends one POST to the addresses a host has now and answers with the status. The name is resolved once, its addresses are
 * looked at and the connection goes to one of those; no redirect is followed, and the answer's body is dropped unread.
 * @throws PostFailed
 */
export async function postPinned(url: URL, post: Post): Promise<number> {
  const signal = AbortSignal.timeout(post.timeoutMs);
  try {
    const addresses = await Promise.race([addressesOf(url.hostname, post.resolve), aborted(signal)]);
    return await send(url, post, addresses, signal);
  } catch (error) {
    if (error instanceof PostFailed) throw error;
    if (signal.aborted) throw new PostFailed('timeout', { cause: error });
    const { code } = error as { code?: unknown };
    throw new PostFailed(typeof code === 'string' ? code : 'no answer', { cause: error });
  }
}

async function addressesOf(
  hostname: string,
  resolve: Post['resolve'] = (name) => lookup(name, { all: true }),
): Promise<readonly Address[]> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family }];
  const addresses = await resolve(bare);
  if (!isLoopbackHost(bare) && addresses.some(({ address }) => isLocalAddress(address))) {
    throw new PostFailed('local address');
  }
  return addresses;
}

function send(url: URL, post: Post, addresses: readonly Address[], signal: AbortSignal): Promise<number> {
  const pinned: LookupFunction = (_hostname, options, done) => {
    const [first] = addresses;
    if (options.all === true || first === undefined) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = { ...post.headers, 'content-length': post.body.length };
    const request = begin(url, { method: 'POST', headers, lookup: pinned, agent: false, signal });
    request.on('error', reject);
    request.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.end(post.body);
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
