import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import {
  licenceTypes,
  messageTypes,
  qrPng,
  qrSvg,
  qrTerminal,
  qrTextOf,
  readQrText,
} from '@imprint/protocol';
import fc from 'fast-check';
import jsQR from 'jsqr';
import { afterAll, describe, expect, test } from 'vitest';
import { jwkOf } from '../jws/jwk.ts';
import { signJws } from '../jws/jws.ts';
import { deviceKey, leaseClaims, newLicensor, nonce } from '../testing/licence.ts';
import { factDigest } from './facts.ts';
import { signLicenceToken } from './token.ts';

const directory = mkdtempSync(join(tmpdir(), 'imprint-carrier-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The largest request that a device makes: the longest class, every fact, a rebind. */
function request(): string {
  const facts = Object.fromEntries(
    (['tpm', 'board', 'disk', 'cpu', 'memory'] as const).map((kind) => [kind, factDigest(kind, 'x')]),
  );
  const payload = {
    protocol: 1,
    nonce,
    issuedAt: '2026-11-23T12:00:00.000Z',
    edition: 'gov-desktop',
    deviceClass: 'thin-client',
    generation: 4000,
    facts,
    rebind: true,
  };
  return signJws({ typ: messageTypes.leaseRequest, jwk: jwkOf(deviceKey.key) }, payload, deviceKey);
}

function leaseText(profile: 'intl' | 'national' | 'dual'): string {
  const claims = leaseClaims({ features: ['remote-help'] });
  const { token, national } = signLicenceToken(licenceTypes.lease, claims, newLicensor(profile).key);
  const text = qrTextOf('lease', token, national);
  expect(readQrText(text)).toEqual({
    kind: 'lease',
    jws: token,
    ...(national === undefined ? {} : { national }),
  });
  return text;
}

/** Rows of pixels, true for dark. */
type Picture = readonly (readonly boolean[])[];

/** Reads the one kind of PNG that is written here: one bit a pixel, no filter. */
function readPng(png: Uint8Array): Picture {
  const bytes = Buffer.from(png);
  const size = bytes.readUInt32BE(16);
  const pixels = inflateSync(bytes.subarray(41, 41 + bytes.readUInt32BE(33)));
  const rowBytes = Math.ceil(size / 8) + 1;
  return Array.from({ length: size }, (_row, y) =>
    Array.from({ length: size }, (_pixel, x) => {
      const byte = pixels[y * rowBytes + 1 + (x >> 3)] ?? 0;
      return (byte & (0x80 >> (x & 7))) === 0;
    }),
  );
}

const [black, reset] = ['\u001b[38;5;16;48;5;231m', '\u001b[0m'];

/** Reads what a terminal shows for half blocks in black on white. */
function readTerminal(drawn: string): Picture {
  return drawn
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      expect([line.startsWith(black), line.endsWith(reset)]).toEqual([true, true]);
      const blocks = [...line.slice(black.length, -reset.length)];
      expect(blocks.filter((block) => !' ▀▄█'.includes(block))).toEqual([]);
      return ['▀█', '▄█'].map((dark) => blocks.map((block) => dark.includes(block)));
    });
}

/** Reads the paths of the drawing: stretches of dark modules one high. */
function readSvg(svg: string): Picture {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of svg.slice(svg.indexOf('<path d=')).matchAll(/M(\d+) (\d+)h(\d+)v1/g))
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
  return rows;
}

const scaled = (picture: Picture, by: number): Picture =>
  picture.flatMap((row) => {
    const wide = row.flatMap((isDark) => Array.from({ length: by }, () => isDark));
    return Array.from({ length: by }, () => wide);
  });

function jsqr(picture: Picture): { readonly data: string; readonly version: number } | undefined {
  const grey = picture.flat().flatMap((isDark) => (isDark ? [0, 0, 0, 255] : [255, 255, 255, 255]));
  const found = jsQR.default(Uint8ClampedArray.from(grey), picture[0]?.length ?? 0, picture.length);
  return found === null ? undefined : found;
}

function zbar(name: string, bytes: Uint8Array): string {
  const file = join(directory, name);
  writeFileSync(file, bytes);
  const options = ['-q', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable'];
  return execFileSync('zbarimg', [...options, file], { encoding: 'utf8' }).replace(/\n$/, '');
}

function asPgm(picture: Picture): Uint8Array {
  const pixels = picture.flat().map((isDark) => (isDark ? 0 : 255));
  return Buffer.concat([
    Buffer.from(`P5 ${picture[0]?.length} ${picture.length} 255\n`),
    Buffer.from(pixels),
  ]);
}

describe.each([
  ['the largest request', () => qrTextOf('request', request()), 20],
  ['an international lease', () => leaseText('intl'), 20],
  ['a national lease', () => leaseText('national'), 20],
  ['a dual lease', () => leaseText('dual'), 20],
] as const)('%s as a QR code', (_name, make, highest) => {
  const text = make();

  test('is read back to the byte by two decoders, from PNG, terminal and SVG', () => {
    const pictures = {
      png: readPng(qrPng(text)),
      terminal: scaled(readTerminal(qrTerminal(text)), 4),
      svg: scaled(readSvg(qrSvg(text)), 4),
    };
    for (const [kind, picture] of Object.entries(pictures)) {
      expect(jsqr(picture)?.data).toBe(text);
      expect(zbar(`${kind}.pgm`, asPgm(picture))).toBe(text);
    }
    expect(zbar('code.png', qrPng(text))).toBe(text);
  });

  test(`is of version ${highest} at most, with four modules of light around`, () => {
    const picture = readPng(qrPng(text));
    const version = jsqr(picture)?.version ?? 99;
    expect(version).toBeLessThanOrEqual(highest);
    expect(picture).toHaveLength((17 + 4 * version + 8) * 4);
    expect(picture.slice(0, 16).flat()).not.toContain(true);
    expect(picture.flatMap((row) => row.slice(0, 16))).not.toContain(true);
  });
});

describe('the text of a QR code', () => {
  test('holds any parts of any length, and nothing but characters of the alphanumeric mode', () => {
    const part = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    fc.assert(
      fc.property(
        fc.constantFrom('request' as const, 'lease' as const),
        part,
        part,
        part,
        fc.option(part),
        (kind, header, payload, signature, national) => {
          const jws = `${header}.${payload}.${signature}`;
          const text = qrTextOf(kind, jws, national ?? undefined);
          expect(text).toMatch(/^IMPRINT1:[0-9A-Z $%*+./:-]*$/);
          expect(readQrText(`${text}\r\n`)).toEqual({
            kind,
            jws,
            ...(national === null ? {} : { national }),
          });
        },
      ),
    );
  });

  test('cut short, altered, or of somebody else, is no content or another one', () => {
    const text = qrTextOf('request', request());
    for (const other of [
      '',
      'https://example.org/',
      text.toLowerCase(),
      `${text}:`,
      text.slice(0, -1),
      text.slice(0, -2),
      'IMPRINT1:',
      'IMPRINT1::::',
      'IMPRINT1:000',
    ])
      expect(readQrText(other)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(text.length - 10), fc.constantFrom(...'0AZ :é'), (at, letter) => {
        const changed = text.slice(0, at + 9) + letter + text.slice(at + 10);
        fc.pre(changed !== text);
        expect(readQrText(changed)).not.toEqual(readQrText(text));
      }),
    );
  });

  test('is not made of what is no compact JWS, nor a picture of what no code holds', () => {
    for (const jws of ['', 'a.b', 'a.b.c.d', '=.AA.AA', 'AB.AA.AA'])
      expect(() => qrTextOf('lease', jws)).toThrow(RangeError);
    expect(() => qrPng('A'.repeat(3392))).toThrow(RangeError);
  });
});
