import { generateSigner } from '@imprint/trust';
import { expect, it } from 'vitest';
import { licensingContext } from './licensing.ts';

it('a licence key that could not be read once is read again, and kept once it was', async () => {
  const signer = generateSigner('ed25519');
  let times = 0;
  const open = async () => {
    times += 1;
    if (times === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return [signer];
  };
  const base = {} as Parameters<typeof licensingContext>[0];
  const context = licensingContext(base, open);
  await expect(context.licenceKey()).rejects.toThrow('too many open files');
  expect(await context.licenceKey()).toEqual({ profile: 'intl', signers: [signer] });
  await context.licenceKey();
  expect(times).toBe(2);
});
