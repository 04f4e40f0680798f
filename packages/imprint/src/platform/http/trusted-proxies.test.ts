import { describe, expect, it } from 'vitest';
import { readTrustedProxies } from './trusted-proxies.ts';

const read = (text: string | undefined) => readTrustedProxies('IMPRINT_TRUSTED_PROXIES', text);

describe('trusted proxies', () => {
  it.each([
    [undefined, []],
    [' ', []],
    ['127.0.0.1', ['127.0.0.1']],
    ['10.0.0.0/8, fd00::/8 ,::1', ['10.0.0.0/8', 'fd00::/8', '::1']],
  ])('are read from %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '0.0.0.0/0', '::/0', '10.0.0.0/8/8', 'true', '1'])(
    'are never %s',
    (text) => {
      const expected = expect.objectContaining({ code: 'SETTING_INVALID' });
      expect(() => read(`127.0.0.1,${text}`)).toThrow(expected);
    },
  );
});
