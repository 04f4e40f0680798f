export const passwordLength = { least: 12, most: 128 } as const;

/** Common enough to be tried first, among those that are long enough; compared without case. */
const commonest: ReadonlySet<string> = new Set([
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'administrator',
  'administrator1',
  'administrator123',
  'admin1234567',
  'adminadmin123',
  'admin@123456',
  'admin@1234567',
  'p@ssw0rd1234',
  'changeme1234',
  'welcome12345',
  'letmein12345',
  'iloveyou1234',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwerty123456',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  '1q2w3e4r5t6y',
  'q1w2e3r4t5y6',
  'zxcvbnm12345',
  'abcd12345678',
  'abc123456789',
  'a123456789012',
  'aa1234567890',
  'woaini1314520',
  'woaini520520',
  'woaizhongguo',
  '5201314520131',
  '520131414520',
  'huawei@123456',
  'root12345678',
  'test12345678',
  'computer1234',
  'sunshine1234',
]);

export type PasswordFault = 'length' | 'common' | 'names-you';

/**
 * Why a password is not taken: too short or long, guessed by anyone, or holding the login or a part of the name. No classes of
 * characters are demanded. Source: NIST SP 800-63B §5.1.1.2.
 */
export function passwordFault(
  password: string,
  person: { readonly login: string; readonly name: string },
): PasswordFault | undefined {
  const length = [...password].length;
  if (length < passwordLength.least || length > passwordLength.most) return 'length';
  const plain = password.toLowerCase();
  if (commonest.has(plain) || new Set(plain).size < 5 || isRun(plain)) return 'common';
  const parts = [person.login, person.login.split('@', 1)[0] ?? '', ...person.name.split(/[\s·.,'-]+/)];
  const names = parts.map((part) => part.toLowerCase()).filter(isTelling);
  return names.some((name) => plain.includes(name)) ? 'names-you' : undefined;
}

/** Two Chinese characters already name somebody; of letters it takes three. */
const isTelling = (part: string) => part.length >= (/\p{Script=Han}/u.test(part) ? 2 : 3);

/** True for 123456789012 and its like: every character follows the one before at one distance, tens wrapping. */
function isRun(text: string): boolean {
  const steps = new Set<number>();
  for (let i = 1; i < text.length; i += 1) {
    const step = text.charCodeAt(i) - text.charCodeAt(i - 1);
    steps.add(step === -9 ? 1 : step === 9 ? -1 : step);
  }
  return steps.size === 1;
}

const recoveryAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Writes 80 random bits as a recovery code: four groups of four characters, Crockford's base 32. */
export function recoveryCodeOf(random: Uint8Array): string {
  let bits = 0n;
  for (const byte of random.subarray(0, 10)) bits = bits * 256n + BigInt(byte);
  let text = '';
  for (let i = 0; i < 16; i += 1, bits /= 32n) text = recoveryAlphabet[Number(bits % 32n)] + text;
  return text.replace(/(.{4})(?=.)/g, '$1-');
}

/** What somebody typed, told apart: a one-time code of six digits, or a recovery code in its written form. */
export function readCode(text: string): { totp: string } | { recovery: string } | undefined {
  const plain = text.replace(/[\s-]/g, '').toUpperCase();
  if (/^[0-9]{6}$/.test(plain)) return { totp: plain };
  const letters = plain.replace(/O/g, '0').replace(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(letters)) return undefined;
  return { recovery: letters.replace(/(.{4})(?=.)/g, '$1-') };
}

/** The bucket of attempts from an address: of IPv6 the /64, as one machine has all addresses in it. Source: RFC 4291 §2.5.4. */
export function addressBucket(address: string): string {
  if (!address.includes(':') || address.includes('.')) return `address:${address}`;
  const [head = '', tail] = address.split('%', 1).join('').split('::', 2);
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const network = [...before, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16));
  return `address:${network.map((group) => group.toString(16)).join(':')}::/64`;
}
