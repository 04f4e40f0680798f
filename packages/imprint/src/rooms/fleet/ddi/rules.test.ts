import { describe, expect, it } from 'vitest';
import type { Feedback } from './model.ts';
import { keptDetails, phaseAfter, phaseAfterCancel, pollingSleep, targetTokenOf } from './rules.ts';

const said = (execution: string, finished = 'none', details: string[] = []): Feedback => ({
  status: { execution, result: { finished }, details },
});

describe('a client’s feedback', () => {
  it('closes an action as it ended, and nothing else does', () => {
    expect(phaseAfter('open', said('closed', 'success'))).toBe('succeeded');
    expect(phaseAfter('open', said('closed', 'failure'))).toBe('failed');
    // Neither word is a success: what is not known to have worked has not.
    expect(phaseAfter('open', said('closed', 'none'))).toBe('failed');
    expect(phaseAfter('open', said('rejected'))).toBe('failed');
    for (const word of ['proceeding', 'scheduled', 'resumed', 'download', 'downloaded', 'anything']) {
      expect(phaseAfter('open', said(word, 'success'))).toBeUndefined();
    }
  });

  it('opens nothing that is closed', () => {
    for (const phase of ['succeeded', 'failed', 'cancelled'] as const) {
      expect(phaseAfter(phase, said('closed', 'success'))).toBeUndefined();
      expect(phaseAfterCancel(phase, said('rejected'))).toBeUndefined();
    }
  });

  it('takes a cancellation or goes on', () => {
    expect(phaseAfterCancel('cancelling', said('closed', 'success'))).toBe('cancelled');
    expect(phaseAfterCancel('cancelling', said('rejected'))).toBe('open');
    expect(phaseAfterCancel('open', said('closed', 'success'))).toBeUndefined();
  });

  it('is kept short and printable', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\u0000${'x'.repeat(500)}`);
    const details = keptDetails(said('proceeding', 'none', lines));
    expect(details).toHaveLength(8);
    expect(details.at(-1)).toMatch(/^line 49 x+$/);
    expect(details.every((line) => line.length === 200)).toBe(true);
  });
});

describe('what clients are told and say', () => {
  it('is read and written as DDI has it', () => {
    expect(pollingSleep(900)).toBe('00:15:00');
    expect(pollingSleep(4 * 3600 + 61)).toBe('04:01:01');
    expect(pollingSleep(1_000_000)).toBe('23:59:59');
    expect(targetTokenOf(`TargetToken ${'a'.repeat(43)}`)).toBe('a'.repeat(43));
    expect(targetTokenOf(`GatewayToken ${'a'.repeat(43)}`)).toBeUndefined();
    expect(targetTokenOf(undefined)).toBeUndefined();
  });
});
