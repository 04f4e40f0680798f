import { deflateSync } from 'node:zlib';
import { isImprintError } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDebsecanFeed } from '../apt/debsecan-feed.ts';
import { parseSeverityFeed } from './severity-feed.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const parse = (bytes: Uint8Array, date?: Date) => parseSeverityFeed(bytes, 'feed.json', date);

describe('a severity feed', () => {
  test('of our own form keeps its date and its source', () => {
    const own = {
      schema: 'imprint/severity-feed/v1',
      source: 'national database',
      date: '2026-11-01T00:00:00Z',
      severities: { 'CVE-2026-1234': 'critical', 'CVE-2026-1235': 'weird', nonsense: 'high' },
    };
    expect(parse(json(own), new Date(0))).toEqual({
      schema: 'imprint/severity-feed/v1',
      source: 'national database',
      date: '2026-11-01T00:00:00.000Z',
      severities: { 'CVE-2026-1234': 'critical' },
    });
  });

  test('of the security tracker counts the gravest statement', () => {
    const releases = {
      bookworm: { urgency: 'low**' },
      trixie: { urgency: 'medium' },
      sid: { urgency: 'not yet assigned' },
    };
    const feed = parse(
      json({ openssl: { 'CVE-2026-1234': { releases } } }),
      new Date('2026-11-01T00:00:00Z'),
    );
    expect(feed).toMatchObject({
      source: 'security tracker',
      date: '2026-11-01T00:00:00.000Z',
      severities: { 'CVE-2026-1234': 'medium' },
    });
  });

  test.each([
    ['plain', (text: string) => Buffer.from(text)],
    ['compressed', deflateSync],
  ])('of debsecan is read %s, its date unknown', (_form, encode) => {
    const text = 'VERSION 1\nCVE-2026-1234,,\nCVE-2026-1235,,\n\nopenssl,0,SHRF,3.0,\nnginx,1,S  F,1,\n\n';
    const feed = parse(encode(text));
    expect(feed.severities).toEqual({ 'CVE-2026-1234': 'high' });
    expect(feed).not.toHaveProperty('date');
  });

  test.each([
    ['text', Buffer.from('no feed')],
    ['an empty document', json({})],
    ['a list', json([])],
    ['damaged compressed data', Buffer.from([0x78, 1, 2])],
    [
      'our own debsecan feed, which states no severity',
      encodeDebsecanFeed({ fixed: [], sources: new Map(), unknown: [] }),
    ],
  ])('that is %s is refused: nothing known must not look like nothing grave', (_what, bytes) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'PATCH_FEED_INVALID' }));
  });

  test('of any bytes is read or refused by its code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.jsonValue().map(json)), (bytes) => {
        try {
          parse(bytes);
        } catch (error) {
          expect(isImprintError(error, 'PATCH_FEED_INVALID')).toBe(true);
        }
      }),
    );
  });
});
