import { BlockList, isIP } from 'node:net';
import { platformError } from '../errors.ts';

/** A host that something may be sent to; without a port, at the scheme's usual one. */
export interface OutboundHost {
  readonly hostname: string;
  readonly port: string;
}

/** Reads a comma-separated list of HOST or HOST:PORT. @throws SETTING_INVALID */
export function readOutboundHosts(setting: string, text: string | undefined): readonly OutboundHost[] {
  const names = (text ?? '').split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      // A scheme without a usual port keeps the port as it is written.
      const url = URL.canParse(`imprint://${name}`) ? new URL(`imprint://${name}`) : undefined;
      const https = URL.canParse(`https://${name}`) ? new URL(`https://${name}`) : undefined;
      const isHost =
        url !== undefined && https !== undefined && https.pathname === '/' && !/[/?#@]/.test(name);
      if (!isHost)
        throw platformError('SETTING_INVALID', { setting, expected: 'HOST or HOST:PORT', got: name });
      return { hostname: https.hostname, port: url.port };
    });
}

/** True when a URL leads to a host of the list, at the port the list says. */
export function isAllowedHost(url: URL, hosts: readonly OutboundHost[]): boolean {
  const usual = url.protocol === 'https:' ? '443' : '80';
  const port = url.port === '' ? usual : url.port;
  return hosts.some(
    (host) => host.hostname === url.hostname && (host.port === '' ? usual : host.port) === port,
  );
}

/** True for a host that is this very machine whatever a name server says. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  if (family === 0) return bare === 'localhost' || bare.endsWith('.localhost');
  return loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Where a name must not lead: this machine, its neighbours on the link (cloud metadata among them), and no single host. */
const local = new BlockList();
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addSubnet('224.0.0.0', 3, 'ipv4');
local.addAddress('::', 'ipv6');
local.addAddress('::1', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
local.addSubnet('ff00::', 8, 'ipv6');

/** True for an address that a host name may be rebound to in order to reach what only this machine reaches. */
export function isLocalAddress(address: string): boolean {
  return local.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
