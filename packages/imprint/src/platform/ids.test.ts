import { expect, it } from 'vitest';
import { randomIds } from './ids.ts';

it('makes ids that sort by time and secrets of 256 bits', () => {
  let at = 1_700_000_000_000;
  const ids = randomIds({ now: () => new Date(at) });
  const made = Array.from({ length: 50 }, () => {
    at += 1;
    return ids.id();
  });
  expect([...made].sort()).toEqual(made);
  for (const id of made) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(Buffer.from(ids.secret(), 'base64url')).toHaveLength(32);
});
