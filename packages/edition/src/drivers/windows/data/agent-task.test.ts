import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentTaskText } from './agent-task.ts';

test('the task the press writes is the one the agent comes with', () => {
  const file = join(import.meta.dirname, '../../../../../agent/windows/agent-task.xml');
  expect(agentTaskText).toBe(readFileSync(file, 'utf8'));
});
