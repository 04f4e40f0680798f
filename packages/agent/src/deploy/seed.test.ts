import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../files/command.ts';
import { cleanSeed, type SeedPlaces, takeSeed } from './seed.ts';
import { readSeed, withoutToken } from './seed-rules.ts';

const userData = `#cloud-config
users: []
imprint:
  # our own
  server: "https://imprint.example.gov"
  enrol-token: dep_x_y
  unknown-key: whatever
runcmd:
  - enrol-token: not ours
`;

describe('user-data', () => {
  test('gives what stands below imprint:, and nothing else', () => {
    expect(Object.fromEntries(readSeed(userData))).toEqual({
      'imprint.server': 'https://imprint.example.gov',
      'imprint.enrol-token': 'dep_x_y',
    });
    expect(readSeed('#cloud-config\nusers: []\n').size).toBe(0);
  });

  test.each([
    'imprint:\n  server: {a: b}\n',
    'imprint:\n  server: |\n',
    'imprint:\n  - server\n',
    'imprint:\n  server: a # b\n',
  ])('%j is refused, not guessed at', (text) => {
    expect(() => readSeed(text)).toThrow(expect.objectContaining({ code: 'AGENT_SEED_MALFORMED' }));
  });

  test('without its token is the same text otherwise', () => {
    expect(withoutToken(userData)).not.toContain('dep_x_y');
    expect(Object.fromEntries(readSeed(withoutToken(userData)))).toEqual({
      'imprint.server': 'https://imprint.example.gov',
    });
  });
});

describe('a volume', () => {
  let directory: string;
  let places: SeedPlaces;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'imprint-seed-'));
    mkdirSync(join(directory, 'volume'));
    mkdirSync(join(directory, 'by-label'));
    writeFileSync(join(directory, 'volume/meta-data'), 'instance-id: a\n');
    writeFileSync(join(directory, 'volume/user-data'), userData);
    places = {
      byLabel: join(directory, 'by-label'),
      mountPoint: join(directory, 'mounted'),
      credstore: join(directory, 'credstore'),
      run: runCommand,
    };
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const readOnly = () =>
    execFileSync(
      'mksquashfs',
      [join(directory, 'volume'), join(directory, 'by-label/cidata'), '-quiet', '-no-progress'],
      {
        stdio: 'ignore',
      },
    );

  test('that is absent gives nothing', () => {
    expect(takeSeed(places)).toEqual([]);
    expect(cleanSeed(places)).toBe('clean');
  });

  test('hands over credentials only root reads; its token goes from memory, and a read-only volume is said to keep it', () => {
    readOnly();
    expect(takeSeed(places)).toEqual(['imprint.enrol-token', 'imprint.server']);
    expect(readFileSync(join(places.credstore, 'imprint.enrol-token'), 'utf8')).toBe('dep_x_y');
    expect(statSync(join(places.credstore, 'imprint.enrol-token')).mode & 0o777).toBe(0o600);
    expect(cleanSeed(places)).toBe('read-only');
    expect(readdirSync(places.credstore)).toEqual(['imprint.server']);
  });

  test('whose user-data leads elsewhere is left alone, and so is that', () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, userData);
    rmSync(join(directory, 'volume/user-data'));
    symlinkSync(elsewhere, join(directory, 'volume/user-data'));
    const image = join(directory, 'by-label/CIDATA');
    execFileSync('mke2fs', ['-q', '-F', '-d', join(directory, 'volume'), image, '1024k']);
    expect(takeSeed(places)).toEqual([]);
    expect(cleanSeed(places)).toBe('clean');
    expect(readFileSync(elsewhere, 'utf8')).toBe(userData);
  });

  test('that can be written holds no byte of the token afterwards', () => {
    const image = join(directory, 'by-label/CIDATA');
    execFileSync('mke2fs', ['-q', '-F', '-d', join(directory, 'volume'), image, '1024k']);
    expect(readFileSync(image).includes('dep_x_y')).toBe(true);
    expect(takeSeed(places)).toContain('imprint.enrol-token');
    expect(cleanSeed(places)).toBe('clean');
    expect(readFileSync(image).includes('dep_x_y')).toBe(false);
    expect(takeSeed(places)).toEqual(['imprint.server']);
  });
});
