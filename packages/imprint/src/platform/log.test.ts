import { expect, it } from 'vitest';
import { openLog } from './log.ts';

it('writes JSON lines without secrets', () => {
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => lines.push(line) });
  log.info({ headers: { authorization: 'Bearer s3cret' }, device: { token: 's3cret', id: 'd' } }, 'hello');
  expect(lines.join('')).not.toContain('s3cret');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'hello', device: { id: 'd' } });
});
