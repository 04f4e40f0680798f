import { type EditionIdentity, type LockedImage, windowsDevicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import { channelOf, jsonText, type WindowsStepContext } from '../context.ts';

function buildOf({ version: { major, minor, build, revision } }: LockedImage): string {
  return [major, minor, build, revision].join('.');
}

/** The edition's own name beside the vendor's, whose names and marks stay where the vendor put them. */
export function identityStep({ lock, lockSha256 }: WindowsStepContext): StepDefinition<WindowsAction> {
  const { edition, version, image } = lock;
  const channel = channelOf(lock);
  const windows = { editionId: image.editionId, build: buildOf(image) };
  const identity: EditionIdentity = { edition, version, channel, lockSha256, windows };
  return {
    id: 'identity',
    kind: 'overlay',
    version: 1,
    settings: { ...identity, windows },
    actions: [
      { kind: 'write', path: windowsDevicePaths.edition, text: jsonText(identity), encoding: 'utf-8' },
    ],
  };
}
