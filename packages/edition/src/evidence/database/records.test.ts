import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { certificatesIn } from './certificate-bundle.ts';
import { parseLinkerCache } from './linker-cache.ts';
import { recordComparison } from './rules.ts';

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
const context = {
  components: new Set(['agent']),
  certificates: new Set(certificatesIn(pem('OURS'))),
  isOverlay: (path: string) => path.startsWith('/opt/ours/'),
};

function compare(path: string, core: string, edition: string): string[] | undefined {
  return recordComparison(path)?.(Buffer.from(core), Buffer.from(edition), context);
}

describe('records are compared by meaning', () => {
  test.each<[string, string, string, string, string[]]>([
    ['the same status', '/var/lib/dpkg/status', 'Package: a\nVersion: 1\n', 'Package: a\nVersion: 1\n', []],
    [
      'an order that changed',
      '/var/lib/dpkg/status',
      'Package: a\n\nPackage: b\n',
      'Package: b\n\nPackage: a\n',
      [],
    ],
    ['a declared component', '/var/lib/dpkg/status', 'Package: a\n', 'Package: a\n\nPackage: agent\n', []],
    [
      'a removed package',
      '/var/lib/dpkg/status',
      'Package: a\n\nPackage: b\n',
      'Package: b\n',
      ['package a removed'],
    ],
    [
      'a trigger of a component',
      '/var/lib/dpkg/triggers/File',
      '/usr/lib libc-bin\n',
      '/usr/lib libc-bin\n/x agent/noawait\n',
      [],
    ],
    [
      'a foreign trigger',
      '/var/lib/dpkg/triggers/File',
      '',
      '/usr/lib evil\n',
      ['"/usr/lib evil" not declared'],
    ],
    [
      'a foreign diversion',
      '/var/lib/dpkg/diversions',
      '',
      '/bin/sh\n/bin/sh.orig\nevil\n',
      ['diversion of /bin/sh not declared'],
    ],
    [
      'an alternative of ours',
      '/var/lib/dpkg/alternatives/pager',
      'auto\n/usr/bin/less\n50\n',
      'auto\n/usr/bin/less\n50\n/opt/ours/pager\n60\n',
      [],
    ],
    [
      'an alternative of nobody',
      '/var/lib/dpkg/alternatives/pager',
      'auto\n',
      'auto\n/tmp/pager\n',
      ['"/tmp/pager" not of the edition'],
    ],
    ['a new account', '/etc/passwd', 'root:x:0:0:::\n', 'root:x:0:0:::\nagent:x:990:990:::\n', []],
    ['a new account beside its shadow', '/etc/gshadow', 'root:*::\n', 'root:*::\nagent:!::\n', []],
    [
      'a new account without a password',
      '/etc/shadow',
      '',
      'agent::1::::::\n',
      ['account agent has an empty password'],
    ],
    [
      'an upstream account changed',
      '/etc/shadow',
      'root:*:1:\n',
      'root::1:\n',
      ['account root changed', 'account root has an empty password'],
    ],
    [
      'a locked certificate authority',
      '/etc/ssl/certs/ca-certificates.crt',
      pem('A'),
      pem('A') + pem('OURS'),
      [],
    ],
    [
      'a foreign certificate authority',
      '/etc/ssl/certs/ca-certificates.crt',
      pem('A'),
      pem('A') + pem('EVIL'),
      ['1 certificates not in the lock'],
    ],
    [
      'an upstream authority removed',
      '/etc/ssl/certs/ca-certificates.crt',
      pem('A') + pem('B'),
      pem('A'),
      ["1 of upstream's certificates removed"],
    ],
  ])('%s', (_, path, core, edition, expected) => {
    expect(compare(path, core, edition)).toEqual(expected);
  });

  test('any other file only by its bytes', () => {
    expect(recordComparison('/var/lib/dpkg/info/libc6.list')).toBeUndefined();
    expect(recordComparison('/etc/sudoers')).toBeUndefined();
  });
});

test('a linker cache is read as ldconfig reads it', () => {
  const printed = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const expected = [...printed.matchAll(/^\t(\S+) .* => (\S+)$/gm)].map(
    ([, name, path]) => `${name} ${path}`,
  );
  const parsed = parseLinkerCache(readFileSync('/etc/ld.so.cache')) ?? new Map<string, string>();
  const found = [...parsed].flatMap(([key, paths]) =>
    paths.split('\n').map((path) => `${key.split(' ')[0]} ${path}`),
  );
  expect(found.sort()).toEqual(expected.sort());
});

test('a linker cache that was cut off is no linker cache', () => {
  const cache = readFileSync('/etc/ld.so.cache');
  expect(parseLinkerCache(cache.subarray(0, 100))).toBeUndefined();
});
