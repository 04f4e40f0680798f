import { describe, expect, test } from 'vitest';
import { startError } from './errors.ts';
import { runStages } from './run-stages.ts';
import type { Stage, StageContext } from './stage.ts';
import type { Summary } from './summary.ts';
import { figureLine, summaryLines } from './summary-lines.ts';
import { openView, type ViewOptions } from './view.ts';

const summary: Summary = {
  edition: 'gov-base',
  version: '2026.11.0',
  lockSha256: 'ab'.repeat(32),
  packages: 201,
  directory: '/srv/imprint/.imprint/builds/abababababababab',
  artifacts: [
    { name: 'gov-base-2026.11.0.squashfs', sizeBytes: 130_000_000, sha256: 'cd'.repeat(32) },
    { name: 'gov-base-2026.11.0.img', sizeBytes: 1_600_000_000, sha256: 'ef'.repeat(32) },
  ],
  integrity: { core: 12_000, overlay: 80, modified: 2, missing: 0, violations: 0 },
  release: {
    sha256: '12'.repeat(32),
    channel: 'stable',
    sequence: 3,
    signedBy: ['vendor', 'operator', 'regulator'],
  },
  served: { url: 'http://127.0.0.1:8470', repository: '/srv/imprint/.imprint/repository' },
  device: {
    id: 'x'.repeat(43),
    hostname: 'gov-base',
    enrolledAt: '2026-11-23T12:00:00.000Z',
    accelerator: 'tcg',
    console: '/srv/imprint/.imprint/run/device/console.log',
    posture: {
      state: 'stale',
      lastSeenSeconds: 1,
      figures: [
        { name: 'release', state: 'ok', ageSeconds: 4 },
        { name: 'antivirus', state: 'stale', ageSeconds: 3, reason: 'definitions are too old' },
        { name: 'integrity', state: 'unknown', reason: 'never observed' },
      ],
    },
    report: {} as never,
  },
  durationMs: 84_000,
  next: ['npm run imprint -- release show gov-base-2026.11.0-3'],
};

describe('the summary', () => {
  test.each(['en', 'zh-CN'] as const)('in %s', async (language) => {
    const text = `${summaryLines(summary, language).join('\n')}\n`;
    await expect(text).toMatchFileSnapshot(`__golden__/summary.${language}.txt`);
  });

  test('never shows a state without its age, or that there is none', () => {
    expect(figureLine({ name: 'patch', state: 'ok', ageSeconds: 7 }, 'en')).toContain('7 s ago');
    expect(figureLine({ name: 'patch', state: 'unknown' }, 'en')).toContain('never observed');
  });
});

const stageNamed = (id: string, run: Stage['run']): Stage => ({ id, title: { en: id, 'zh-CN': id }, run });
const done: Stage['run'] = async () => ({ state: 'done', sizeBytes: 1_500_000, note: 'all of it' });

function viewInto(mode: ViewOptions['mode']) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const now = () => new Date('2026-11-23T12:00:00Z');
  return { text: () => written.join(''), view: openView({ mode, language: 'en', write, now, columns: 80 }) };
}

/** The part of a context that running stages needs; a stage in these tests uses nothing else. */
function contextWith(signal: AbortSignal): StageContext {
  return { signal, now: () => new Date('2026-11-23T12:00:00Z') } as StageContext;
}

describe('stages', () => {
  const open = new AbortController().signal;

  test('are shown one after the other as plain lines', async () => {
    const { view, text } = viewInto('plain');
    const keep: Stage['run'] = async () => ({ state: 'kept' });
    await runStages([stageNamed('lock', done), stageNamed('build', keep)], contextWith(open), view);
    expect(text()).toBe('[1/2] lock\n  done  0.0 s  1.5 MB  all of it\n[2/2] build\n  unchanged  0.0 s\n');
  });

  test('are one JSON event per line for programs, errors too', async () => {
    const { view, text } = viewInto('json');
    await runStages([stageNamed('lock', done)], contextWith(open), view);
    view.error(startError('START_ALREADY_RUNNING', { pid: 1, home: 'h' }), undefined);
    const events = text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([
      { type: 'stage', id: 'lock', state: 'begun', position: 1, total: 1 },
      { type: 'stage', id: 'lock', state: 'done', sizeBytes: 1_500_000 },
      { type: 'error', problem: { code: 'START_ALREADY_RUNNING' } },
    ]);
  });

  test('end at the first error; what follows does not run', async () => {
    const { view, text } = viewInto('plain');
    const fails: Stage['run'] = () =>
      Promise.reject(startError('START_ALREADY_RUNNING', { pid: 1, home: 'h' }));
    const stages = [stageNamed('serve', fails), stageNamed('device', done)];
    await expect(runStages(stages, contextWith(open), view)).rejects.toMatchObject({
      code: 'START_ALREADY_RUNNING',
    });
    expect(text()).not.toContain('device');
  });

  test('do not begin once the run is to stop', async () => {
    const { view, text } = viewInto('plain');
    await expect(
      runStages([stageNamed('lock', done)], contextWith(AbortSignal.abort()), view),
    ).rejects.toThrow();
    expect(text()).toBe('');
  });
});
