import type { StepDefinition } from '../../../../plan/model.ts';
import { windowsTimeZone } from '../../data/time-zones.ts';
import type { WindowsAction } from '../../model.ts';
import type { WindowsStepContext } from '../context.ts';
import { registryActions } from '../edits.ts';
import { windowsPlanError } from '../errors.ts';

/** Windows' name of the manifest's time zone. @throws WINDOWS_PLAN_TIME_ZONE */
export function timeZoneOf({ lock }: WindowsStepContext): string {
  const zone = lock.manifest.locale.timezone;
  const name = windowsTimeZone(zone);
  if (name === undefined) throw windowsPlanError('WINDOWS_PLAN_TIME_ZONE', { zone });
  return name;
}

/**
 * The time zone by name, beside the answer file's. Language and formats are the answer file's alone: it sets code pages
 * and formats together, and a language needs its package. Source: DYNAMIC_TIME_ZONE_INFORMATION, TimeZoneKeyName.
 */
export function localeStep(context: WindowsStepContext): StepDefinition<WindowsAction> {
  const { controlSet } = context.lock.image;
  const key = `${controlSet}\\Control\\TimeZoneInformation`;
  return {
    id: 'locale',
    kind: 'overlay',
    version: 1,
    settings: { timezone: context.lock.manifest.locale.timezone },
    actions: registryActions('system', [
      { key, name: 'TimeZoneKeyName', type: 'sz', data: timeZoneOf(context) },
    ]),
  };
}
