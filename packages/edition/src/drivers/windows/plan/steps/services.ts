import { type AgentSettings, windowsDevicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import { channelOf, inputsOf, jsonText, type WindowsStepContext } from '../context.ts';

/** Where the device reports, and the root it verifies releases from. */
export function servicesStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const { edition, manifest } = lock;
  const settings: AgentSettings = { server: manifest.services.imprint, edition, channel: channelOf(lock) };
  const root = inputsOf(lock, 'release-root')[0];
  return {
    id: 'services',
    kind: 'overlay',
    version: 1,
    settings: { ...settings, releaseRoot: root === undefined ? null : root.sha256.slice(0, 12) },
    actions: [
      { kind: 'write', path: windowsDevicePaths.settings, text: jsonText(settings), encoding: 'utf-8' },
      ...(root === undefined
        ? []
        : [{ kind: 'copy', path: windowsDevicePaths.root, sha256: root.sha256 } as const]),
    ],
  };
}
