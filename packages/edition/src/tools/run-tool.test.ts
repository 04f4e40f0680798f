import { expect, test } from 'vitest';
import { runTool, runToolText } from './run-tool.ts';

test('returns what the tool prints and takes input', async () => {
  expect(await runToolText(['cat'], { input: '政务\n' })).toBe('政务\n');
});

test('an argument is never read by a shell', async () => {
  expect(await runToolText(['printf', '%s', '$(id); `id` && id'])).toBe('$(id); `id` && id');
});

test('a missing tool is a coded error naming it', async () => {
  await expect(runTool(['imprint-no-such-tool'])).rejects.toMatchObject({
    code: 'TOOL_MISSING',
    params: { tool: 'imprint-no-such-tool' },
  });
});

test('a failed tool carries its exit code and last lines of standard error', async () => {
  const failing = runTool(['sh', '-c', 'for i in $(seq 40); do echo line $i >&2; done; exit 3']);
  await expect(failing).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    params: { outcome: 'exit code 3', lastLines: expect.stringMatching(/^line 29\n.*line 40$/s) },
  });
});

test('an accepted exit code is an answer', async () => {
  expect(await runTool(['sh', '-c', 'exit 1'], { accept: [0, 1] })).toMatchObject({ exitCode: 1 });
});

test('lines arrive as they are printed, a last one without its end too', async () => {
  const lines: string[] = [];
  await runTool(['printf', 'a\\nb\\rc'], { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['a', 'b', 'c']);
});

test('output above the limit ends the tool', async () => {
  await expect(runTool(['yes'], { maxOutputBytes: 4096 })).rejects.toMatchObject({
    code: 'TOOL_OUTPUT_TOO_LARGE',
    params: { limitBytes: 4096 },
  });
});

test('aborting ends the tool and what it started', async () => {
  const controller = new AbortController();
  const pids: number[] = [];
  const running = runTool(['sh', '-c', 'sleep 60 & echo $!; wait'], {
    signal: controller.signal,
    onLine: (line) => {
      pids.push(Number(line));
      controller.abort(new Error('stopped by the caller'));
    },
  });
  await expect(running).rejects.toThrow('stopped by the caller');
  const [pid = 0] = pids;
  await expect
    .poll(async () =>
      (await runTool(['ps', '-o', 'stat=', '-p', String(pid)], { accept: [0, 1] })).stdout
        .toString()
        .replace(/^Z.*/, '')
        .trim(),
    )
    .toBe('');
});

test("the caller's environment does not reach the tool", async () => {
  process.env.IMPRINT_TEST_SECRET = 'x';
  try {
    expect(await runToolText(['env'])).not.toContain('IMPRINT_TEST_SECRET');
  } finally {
    delete process.env.IMPRINT_TEST_SECRET;
  }
});
