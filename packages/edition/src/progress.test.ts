import { expect, test } from 'vitest';
import { beginStage, type ProgressEvent } from './progress.ts';

test('a stage tells its start, its steps and how long it took', () => {
  const events: ProgressEvent[] = [];
  let now = Date.parse('2026-11-02T10:00:00Z');
  const clock = () => new Date(now);
  const stage = beginStage((event) => events.push(event), 'fetch', { total: 10, unit: 'bytes' }, clock);
  now += 1500;
  stage.report({ kind: 'progress', done: 4, total: 10, unit: 'bytes' });
  now += 500;
  stage.finish({ sizeBytes: 10 });
  expect(events).toEqual([
    { at: '2026-11-02T10:00:00.000Z', stage: 'fetch', kind: 'start', total: 10, unit: 'bytes' },
    { at: '2026-11-02T10:00:01.500Z', stage: 'fetch', kind: 'progress', done: 4, total: 10, unit: 'bytes' },
    { at: '2026-11-02T10:00:02.000Z', stage: 'fetch', kind: 'done', sizeBytes: 10, durationMs: 2000 },
  ]);
});
