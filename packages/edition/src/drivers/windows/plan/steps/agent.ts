import { windowsDevicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../../plan/model.ts';
import { agentTaskText } from '../../data/agent-task.ts';
import type { WindowsAction } from '../../model.ts';
import { agentOf, type WindowsStepContext } from '../context.ts';

/** The agent and the definition of the task that runs it; the task is registered at the first boot. */
export function agentStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const agent = agentOf(lock);
  return {
    id: 'agent',
    kind: 'overlay',
    version: 1,
    settings: {
      agent: agent === undefined ? null : `${agent.input.name} ${agent.input.sha256.slice(0, 12)}`,
    },
    actions:
      agent === undefined
        ? []
        : [
            { kind: 'copy', path: windowsDevicePaths.agent, sha256: agent.input.sha256 },
            { kind: 'write', path: windowsDevicePaths.task, text: agentTaskText, encoding: 'utf-8' },
          ],
  };
}
