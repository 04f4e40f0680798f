import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk } from './model.ts';
import { chooseDisk, readWishes } from './rules.ts';

const needed = 1000;
const disk = (name: string, changes: Partial<Disk> = {}): Disk => ({
  name,
  sizeBytes: 5000,
  serial: `S-${name}`,
  model: '',
  isRemovable: false,
  holds: undefined,
  ...changes,
});
const auto = readWishes('quiet imprint.install=auto');
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('the kernel command line', () => {
  test('says all there is to say', () => {
    const text =
      'BOOT_IMAGE=/x imprint.source=http://10.0.0.5:8470/ imprint.install=auto imprint.erase=A=B imprint.lang=zh-CN imprint.oem';
    expect(readWishes(text)).toEqual({
      language: 'zh-CN',
      isUnattended: true,
      isOem: true,
      source: 'http://10.0.0.5:8470',
      erase: 'A=B',
    });
  });

  test.each([
    'imprint.install=yes',
    'imprint.erase=',
    'imprint.erase=A imprint.erase=B',
    'imprint.instal=auto',
    'imprint.source=ftp://x',
  ])('%s is refused: what may be overwritten is never guessed', (text) => {
    expect(codeOf(() => readWishes(text))).toBe('AGENT_INSTALL_OPTION');
  });
});

describe('without a person', () => {
  test('the only blank disk that is large enough is written', () => {
    const disks = [disk('a', { holds: 'a partition table' }), disk('b'), disk('c', { sizeBytes: 10 })];
    expect(chooseDisk(disks, auto, needed).name).toBe('b');
  });

  test.each<[string, Disk[], string, string]>([
    ['no disk', [], '', 'AGENT_INSTALL_NO_DISK'],
    ['one with data', [disk('a', { holds: 'x' })], '', 'AGENT_INSTALL_NO_DISK'],
    ['a stick', [disk('a', { isRemovable: true })], '', 'AGENT_INSTALL_NO_DISK'],
    ['two blank ones', [disk('a'), disk('b')], '', 'AGENT_INSTALL_DISK_AMBIGUOUS'],
    ['a name of none', [disk('a')], 'imprint.erase=T', 'AGENT_INSTALL_DISK_UNKNOWN'],
    ['a used one named as blank', [disk('a', { holds: 'x' })], 'imprint.disk=S-a', 'AGENT_INSTALL_DISK_USED'],
    ['one too small', [disk('a', { sizeBytes: 9 })], 'imprint.erase=S-a', 'AGENT_INSTALL_DISK_SMALL'],
    [
      'two of one number',
      [disk('a'), disk('b', { serial: 'S-a' })],
      'imprint.erase=S-a',
      'AGENT_INSTALL_DISK_AMBIGUOUS',
    ],
  ])('%s: refused', (_name, disks, words, code) => {
    expect(codeOf(() => chooseDisk(disks, readWishes(`imprint.install=auto ${words}`), needed))).toBe(code);
  });

  test('a disk that holds anything is never chosen unless its own number was given', () => {
    const some = fc.array(
      fc.record({ holds: fc.option(fc.constant('data'), { nil: undefined }), sizeBytes: fc.nat(3000) }),
    );
    fc.assert(
      fc.property(some, fc.nat(5), (kinds, named) => {
        const disks = kinds.map((kind, index) => disk(`d${index}`, kind));
        const wishes = readWishes(`imprint.install=auto${named < 3 ? ` imprint.erase=S-d${named}` : ''}`);
        let chosen: Disk | undefined;
        try {
          chosen = chooseDisk(disks, wishes, needed);
        } catch {
          return;
        }
        expect(chosen.sizeBytes).toBeGreaterThanOrEqual(needed);
        if (chosen.holds !== undefined) expect(chosen.serial).toBe(wishes.erase);
      }),
    );
  });
});
