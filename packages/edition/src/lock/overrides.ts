import { dirname, relative, resolve } from 'node:path';
import type { EditionLock } from '@imprint/protocol';
import type { LoadedManifest } from '../manifest/index.ts';

/** What overlays replaced, as a lock tells it; files are relative to the manifest's directory. */
export function lockedOverrides({ overrides, file }: LoadedManifest): Required<EditionLock>['overrides'] {
  return overrides.map(({ pointer, from, to }) => ({
    pointer,
    from: from.value,
    to: to.value,
    by: relative(dirname(resolve(file)), resolve(to.place.file ?? file)),
  }));
}
