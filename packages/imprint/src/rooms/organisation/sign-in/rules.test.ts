import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBucket, passwordFault, readCode, recoveryCodeOf } from './rules.ts';

const person = { login: 'li.wei@energy', name: '李伟 Li Wei-Chen' };

describe('a password', () => {
  it.each([
    ['four plain words', undefined],
    ['四个互不相关的词在这里呢吗', undefined],
    ['short', 'length'],
    ['eleven char', 'length'],
    ['x'.repeat(129), 'length'],
    ['Password1234', 'common'],
    ['aaaaaaaaaaaaaaaa', 'common'],
    ['123456789012', 'common'],
    ['abcdefghijklmnop', 'common'],
    ['zyxwvutsrqponm', 'common'],
    ['my LI.WEI words', 'names-you'],
    ['words with chen', 'names-you'],
    ['李伟的一个很长的密码在此', 'names-you'],
  ])('%s: %s', (password, fault) => {
    expect(passwordFault(password, person)).toBe(fault);
  });

  it('of random letters is taken, and counts characters, not bytes', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'bdfghjklmnpqrstvwxz0123456789'),
      minLength: 24,
      maxLength: 40,
    });
    fc.assert(
      fc.property(letters, (text) => {
        fc.pre(new Set(text).size > 6 && !text.includes('li.wei'));
        expect(passwordFault(text, person)).toBeUndefined();
      }),
    );
    expect(passwordFault('𠮷𠮸𠮹𠮺𠮻𠮼𠮽𠮾𠮿𠯀𠯁', person)).toBe('length');
  });
});

describe('codes', () => {
  it('are read however they are spaced, and told apart', () => {
    expect(readCode('123 456')).toEqual({ totp: '123456' });
    for (const bad of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
      expect(readCode(bad)).toBeUndefined();
  });

  it('for recovery survive being typed in small letters, without dashes, O for 0 and l for 1', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (random) => {
        const code = recoveryCodeOf(random);
        expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
        const typed = code.toLowerCase().replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l');
        fc.pre(!/^[0-9]{6}$/.test(typed));
        expect(readCode(typed)).toEqual({ recovery: code });
      }),
    );
  });
});

describe('attempts from an address', () => {
  it.each([
    ['192.0.2.7', 'address:192.0.2.7'],
    ['::ffff:192.0.2.7', 'address:::ffff:192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', 'address:2001:db8:1:2::/64'],
    ['2001:0DB8:1:2:ffff::1', 'address:2001:db8:1:2::/64'],
    ['2001:db8::1', 'address:2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
    ['::1', 'address:0:0:0:0::/64'],
  ])('of %s are counted as %s', (address, bucket) => {
    expect(addressBucket(address)).toBe(bucket);
  });
});
