import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDriver } from './cli-driver.ts';
import { parseStartOptions } from './options.ts';
import { isAccepted } from './rules.ts';
import { holdHome } from './run-guard.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'imprint-start-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('a home', () => {
  test('is held by one run at a time, and the second is told by which', async () => {
    const release = await holdHome(home);
    await expect(holdHome(home)).rejects.toMatchObject({
      code: 'START_ALREADY_RUNNING',
      params: { pid: String(process.pid) },
    });
    await release();
    await (await holdHome(home))();
  });

  test('is free again when its holder was killed', async () => {
    const script = `import { holdHome } from ${JSON.stringify(join(import.meta.dirname, 'run-guard.ts'))};
      await holdHome(${JSON.stringify(home)}); console.log('held'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(holdHome(home)).rejects.toMatchObject({ params: { pid: String(holder.pid) } });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await holdHome(home))();
  });
});

describe('the flags of npm start', () => {
  test('have defaults that go the whole way', () => {
    expect(parseStartOptions([])).toMatchObject({ boot: true, keep: false, json: false, firmware: 'bios' });
  });

  test('are read', () => {
    const options = parseStartOptions(['--no-boot', '--json', '--port=0', '--lang', 'zh-CN']);
    expect(options).toMatchObject({ boot: false, json: true, port: 0, language: 'zh-CN' });
  });

  test.each(['--nonsense', 'word', '--port=abc', '--port=99999'])('refuse %s', (word) => {
    expect(() => parseStartOptions([word])).toThrow(expect.objectContaining({ code: 'START_FLAG_UNKNOWN' }));
  });
});

describe('the command driver', () => {
  const driverWith = (lines: string[]) =>
    openDriver({
      home,
      language: 'en',
      cwd: home,
      signal: new AbortController().signal,
      now: () => new Date('2026-11-23T00:00:00Z'),
      reporter: () => {},
      onCommand: (line) => lines.push(line),
    });

  test('gives the answer of a command and shows the line a person would type', async () => {
    const lines: string[] = [];
    const answer = await driverWith(lines).run(['completion']);
    expect(answer).toMatchObject({ shell: 'bash' });
    expect(lines).toEqual(['imprint completion']);
  });

  test("throws a command's own error", async () => {
    const failing = driverWith([]).run(['key', 'show', 'nobody']);
    await expect(failing).rejects.toMatchObject({ code: 'CLI_FILE_UNREADABLE', definition: { exit: 2 } });
  });
});

describe('the report npm start waits for', () => {
  const reported = (...states: string[]) => ({
    posture: { state: '', figures: states.map((state) => ({ name: 'release', state })) },
  });

  test('is one whose every figure is ok', () => {
    expect(isAccepted(reported('ok', 'ok'))).toBe(true);
  });

  test.each([[[]], [['ok', 'failing']], [['ok', 'stale']], [['unknown']]])('is not %j', (states) => {
    expect(isAccepted(reported(...states))).toBe(false);
  });
});
