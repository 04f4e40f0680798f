import type { ProgressEvent } from '@imprint/edition';
import { describe, expect, test } from 'vitest';
import { openProgress, type ProgressMode } from './progress.ts';
import { formatAmount, formatBar, formatBytes, formatDuration } from './progress-format.ts';

const at = '2026-11-23T08:00:00.000Z';
const events: readonly ProgressEvent[] = [
  { at, stage: 'fetch', kind: 'start', total: 1000, unit: 'bytes' },
  { at, stage: 'fetch', kind: 'progress', done: 250, total: 1000, unit: 'bytes', note: 'bash' },
  { at, stage: 'fetch', kind: 'done', durationMs: 1234, sizeBytes: 1000 },
  { at, stage: 'base', kind: 'cached', sizeBytes: 2_500_000 },
  { at, stage: 'policy', step: 'firewall', kind: 'warn', note: 'no nftables' },
];

function show(mode: ProgressMode, language: 'en' | 'zh-CN' = 'en', secondsBetween = 1): string {
  let text = '';
  let now = Date.parse(at);
  const view = openProgress({
    mode,
    language,
    columns: 60,
    now: () => new Date(now),
    write: (part) => {
      text += part;
    },
  });
  for (const event of events) {
    view.reporter(event);
    now += secondsBetween * 1000;
  }
  view.stop();
  return text;
}

describe('plain progress', () => {
  test('says when a stage starts and what it came to, and nothing in between when it is quick', () => {
    expect(show('plain').split('\n')).toEqual([
      '  fetch  started',
      '  fetch  1.2 s  1.0 kB',
      '  base  unchanged  2.5 MB',
      '  policy: firewall  warning: no nftables',
      '',
    ]);
  });

  test('says how far a slow stage is', () => {
    expect(show('plain', 'zh-CN', 30)).toContain('  fetch  250 B / 1.0 kB  bash\n');
  });
});

test('JSON progress is one event per line', () => {
  expect(
    show('json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(events);
});

test('live progress leaves the lasting lines and erases what it drew', () => {
  const text = show('live');
  // What a terminal shows in the end: `CSI n A` goes up n lines, `CSI 0 J` clears from there.
  const screen: string[] = [];
  for (const part of text.split('\u001b[')) {
    const up = /^(\d+)A$/.exec(part);
    if (up !== null) screen.splice(screen.length - Number(up[1]));
    else screen.push(...part.replace(/^0J/, '').split('\n').slice(0, -1));
  }
  expect(screen).toEqual([
    '  fetch  1.2 s  1.0 kB',
    '  base  unchanged  2.5 MB',
    '  policy: firewall  warning: no nftables',
  ]);
});

test('a stage has one line, however many steps it names', () => {
  const drawn: string[] = [];
  const view = openProgress({
    mode: 'live',
    language: 'en',
    columns: 60,
    now: () => new Date(at),
    write: (part) => void drawn.push(part),
  });
  for (let step = 0; step < 50; step += 1)
    view.reporter({ at, stage: 'base', step: `package-${step}`, kind: 'progress', done: step, total: 50 });
  view.note('so far');
  expect(
    drawn
      .at(-1)
      ?.split('\n')
      .filter((line) => line !== ''),
  ).toHaveLength(1);
  expect(drawn.at(-1)).toContain('base: package-49');
  view.stop();

  let plain = '';
  const write = (part: string) => {
    plain += part;
  };
  const piped = openProgress({ mode: 'plain', language: 'en', columns: 60, now: () => new Date(at), write });
  piped.reporter({ at, stage: 'base', kind: 'start' });
  for (let step = 0; step < 50; step += 1)
    piped.reporter({ at, stage: 'base', step: `p-${step}`, kind: 'progress' });
  expect(plain).toBe('  base  started\n');
});

test('figures for people', () => {
  expect([0, 999, 1000, 14_200_000].map(formatBytes)).toEqual(['0 B', '999 B', '1.0 kB', '14.2 MB']);
  expect([400, 59_900, 125_000].map(formatDuration)).toEqual(['0.4 s', '59.9 s', '2 min 05 s']);
  expect(formatBar(1, 4, 8)).toBe('[##......]');
  expect(formatBar(1, undefined, 8)).toBe('');
  expect(formatAmount({ done: 3, total: 9, unit: 'packages' })).toBe('3 / 9 packages');
});
