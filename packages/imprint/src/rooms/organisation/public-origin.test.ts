import { describe, expect, it } from 'vitest';
import { publicOriginOf } from './public-origin.ts';

const local = { host: '127.0.0.1', port: 8470 };

describe('the public origin', () => {
  it('is localhost while only this machine is served, and what is set otherwise', () => {
    expect(publicOriginOf(undefined, local)).toBe('http://localhost:8470');
    expect(publicOriginOf('https://imprint.example.org', local)).toBe('https://imprint.example.org');
    expect(publicOriginOf('https://imprint.example.org:8443/', local)).toBe(
      'https://imprint.example.org:8443',
    );
    expect(publicOriginOf('http://localhost:9000', local)).toBe('http://localhost:9000');
  });

  it('must be set for a server that others reach', () => {
    expect(() => publicOriginOf(undefined, { host: '0.0.0.0', port: 8470 })).toThrow(
      expect.objectContaining({ code: 'ORGANISATION_PUBLIC_URL_MISSING' }),
    );
  });

  it.each([
    'http://imprint.example.org',
    'https://imprint.example.org/console',
    'https://imprint.example.org?x=1',
    'https://user@imprint.example.org',
    'https://10.0.0.1',
    'https://[::1]',
    'http://127.0.0.1:8470',
    'ftp://localhost',
    'imprint',
  ])('is not %s', (url) => {
    expect(() => publicOriginOf(url, local)).toThrow(
      expect.objectContaining({ code: 'ORGANISATION_PUBLIC_URL_INVALID' }),
    );
  });
});
