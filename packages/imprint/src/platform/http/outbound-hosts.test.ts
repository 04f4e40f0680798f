import { describe, expect, it } from 'vitest';
import { isAllowedHost, isLocalAddress, isLoopbackHost, readOutboundHosts } from './outbound-hosts.ts';

const allowed = (list: string, url: string) => isAllowedHost(new URL(url), readOutboundHosts('HOSTS', list));

describe('a list of hosts that something may be sent to', () => {
  it('allows nothing when it is empty', () => {
    expect(readOutboundHosts('HOSTS', undefined)).toEqual([]);
    expect(allowed('', 'https://alerts.example/')).toBe(false);
  });

  it.each([
    ['alerts.example', 'https://alerts.example/hook'],
    ['alerts.example', 'https://alerts.example:443/hook'],
    ['one.example, ALERTS.example', 'https://alerts.example/'],
    ['alerts.example:8443', 'https://alerts.example:8443/'],
    ['alerts.example:443', 'https://alerts.example/'],
    ['127.0.0.1:80', 'http://127.0.0.1/'],
    ['[::1]:9000', 'http://[::1]:9000/'],
    ['告警.example', 'https://告警.example/'],
  ])('%s allows %s', (list, url) => {
    expect(allowed(list, url)).toBe(true);
  });

  it.each([
    ['alerts.example', 'https://alerts.example:8443/'],
    ['alerts.example:8443', 'https://alerts.example/'],
    ['alerts.example', 'https://other.example/'],
    ['alerts.example', 'https://alerts.example.other.example/'],
    ['alerts.example', 'https://sub.alerts.example/'],
    ['example', 'https://alerts.example/'],
  ])('%s does not allow %s', (list, url) => {
    expect(allowed(list, url)).toBe(false);
  });

  it.each(['https://alerts.example', 'a b', 'user@alerts.example', 'alerts.example/hook', ':80', 'x:99999'])(
    'refuses %s at once',
    (list) => {
      expect(() => readOutboundHosts('HOSTS', list)).toThrow(
        expect.objectContaining({ code: 'SETTING_INVALID' }),
      );
    },
  );
});

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::',
    'fe80::1',
    'ff02::1',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s is no place for a name to lead to', (address) => {
    expect(isLocalAddress(address)).toBe(true);
  });

  it.each(['10.1.2.3', '192.168.1.1', '172.16.0.9', '203.0.113.7', '2001:db8::1', 'fd00::1'])(
    '%s is, also within an agency',
    (address) => {
      expect(isLocalAddress(address)).toBe(false);
    },
  );

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['[::1]', true],
    ['a.localhost', true],
    ['localhost.example', false],
    ['10.0.0.1', false],
  ])('%s is this machine: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});
