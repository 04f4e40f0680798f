import { isIP } from 'node:net';
import { organisationError } from './errors.ts';

/** What the server listens on, once it does. */
interface Listening {
  readonly host: string;
  readonly port: number;
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** True for a host that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return loopback.test(host) || host.endsWith('.localhost');
}

/**
 * The origin at which people's browsers find this server: as set, or `http://localhost:PORT` while only this machine is
 * served, because a browser keeps keys and secure cookies for a name and not for an address.
 * @throws ORGANISATION_PUBLIC_URL_MISSING, ORGANISATION_PUBLIC_URL_INVALID
 */
export function publicOriginOf(publicUrl: string | undefined, listening: Listening): string {
  if (publicUrl === undefined) {
    if (!isLoopback(listening.host)) {
      throw organisationError('ORGANISATION_PUBLIC_URL_MISSING', { host: listening.host });
    }
    return `http://localhost:${listening.port}`;
  }
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  const isBare = url !== undefined && `${url.origin}/` === url.href;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!isBare || !isSecure || isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw organisationError('ORGANISATION_PUBLIC_URL_INVALID', { url: publicUrl.slice(0, 200) });
  }
  return url.origin;
}
