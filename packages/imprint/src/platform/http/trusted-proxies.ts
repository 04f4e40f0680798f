import { isIP } from 'node:net';
import { platformError } from '../errors.ts';

/** Reads a comma-separated list of addresses and networks, as `10.0.0.7, fd00::/8`. @throws SETTING_INVALID */
export function readTrustedProxies(setting: string, text: string | undefined): readonly string[] {
  const given = (text ?? '').split(',').map((entry) => entry.trim());
  const entries = given.filter((entry) => entry !== '');
  for (const entry of entries) {
    if (!isNetwork(entry)) {
      const expected = 'addresses or networks (ADDRESS/BITS), comma separated';
      throw platformError('SETTING_INVALID', { setting, expected, got: entry });
    }
  }
  return entries;
}

/** A network of all addresses is none: whoever asks would say who they are. */
function isNetwork(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  const most = family === 4 ? 32 : 128;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most;
}
