import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../src/main.ts');

function run(...argv: string[]) {
  const child = spawn(process.execPath, [main, ...argv], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  return { child, stderr: () => stderr };
}

test('the process ends with the exit code of its answer', async () => {
  const { child, stderr } = run('key', 'show', '/nonexistent/key.json', '--lang', 'en');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(2);
  expect(stderr()).toContain('imprint: error: expected a readable file');
});

test('a reader that goes away ends the output, not in an error', async () => {
  const { child, stderr } = run('--help');
  child.stdout.destroy();
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  expect(stderr()).toBe('');
});
