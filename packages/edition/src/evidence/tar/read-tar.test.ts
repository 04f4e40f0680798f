import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TarMember, tarReader } from './read-tar.ts';

const long = `${'long/'.repeat(30)}name-${'x'.repeat(120)}`;
let directory: string;
const archives = new Map<string, Buffer>();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-tar-'));
  const at = (path: string) => join(directory, 'tree', path);
  mkdirSync(at('long/'.repeat(30)), { recursive: true });
  writeFileSync(at(long), 'deep');
  writeFileSync(at('政务.txt'), 'x'.repeat(1500));
  writeFileSync(at('empty'), '');
  linkSync(at('empty'), at('empty-twin'));
  symlinkSync(`/${'target/'.repeat(40)}`, at('link'));
  for (const format of ['gnu', 'posix', 'ustar']) {
    const skipped = format === 'ustar' ? ['--exclude=link', '--exclude=*xxx'] : [];
    const argv = [
      '--create',
      `--format=${format}`,
      '--sort=name',
      ...skipped,
      '-C',
      join(directory, 'tree'),
      '.',
    ];
    archives.set(format, execFileSync('tar', argv));
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function read(archive: Uint8Array, cuts: readonly number[] = []): { member: TarMember; content: string }[] {
  const found: { member: TarMember; content: string }[] = [];
  const reader = tarReader({
    member: (member) => found.push({ member, content: '' }),
    data: (chunk) => {
      const last = found.at(-1);
      if (last !== undefined) last.content += Buffer.from(chunk).toString();
    },
    end: () => {},
  });
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.push(archive.subarray(at, cut));
    at = Math.max(at, cut);
  }
  reader.push(archive.subarray(at));
  reader.end();
  return found;
}

const archive = (format: string) => archives.get(format) ?? Buffer.alloc(0);

describe.each(['gnu', 'posix'])('a %s archive', (format) => {
  test('gives long names, links and content', () => {
    const found = read(archive(format));
    const byName = new Map(found.map((item) => [item.member.name, item]));
    expect(byName.get(long)).toMatchObject({ content: 'deep', member: { type: 'file', sizeBytes: 4 } });
    expect(byName.get('政务.txt')?.content).toBe('x'.repeat(1500));
    expect(byName.get('link')?.member.link).toBe(`/${'target/'.repeat(40)}`);
    expect(byName.get('')?.member.type).toBe('directory');
    expect(found.filter(({ member }) => member.type === 'hardlink')).toHaveLength(1);
  });

  test('reads the same however its stream is cut', () => {
    const whole = read(archive(format));
    const cut = fc.integer({ min: 0, max: archive(format).length });
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 40 }), (cuts) => {
        expect(read(archive(format), cuts)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });
});

test('a ustar archive', () => {
  expect(read(archive('ustar')).map(({ member }) => member.name)).toContain('政务.txt');
});

describe('is refused', () => {
  const refusal = (bytes: Uint8Array) => () => read(bytes);
  const malformed = expect.objectContaining({ code: 'EVIDENCE_TAR_MALFORMED' });

  test('when it ends inside a member', () => {
    const at = archive('gnu').indexOf('x'.repeat(600));
    expect(refusal(archive('gnu').subarray(0, at + 100))).toThrowError(malformed);
  });

  test('when a header was damaged', () => {
    const damaged = Buffer.from(archive('gnu'));
    damaged[4] = (damaged[4] ?? 0) ^ 1;
    expect(refusal(damaged)).toThrowError(malformed);
  });

  test('when a member would leave its tree', () => {
    const argv = [
      '--create',
      '--absolute-names',
      '--transform=s,^,../../,',
      '-C',
      join(directory, 'tree'),
      'empty',
    ];
    expect(refusal(execFileSync('tar', argv))).toThrowError(malformed);
  });
});
