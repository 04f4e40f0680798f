import type { FirstBootObservation, Language } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { observeSteps } from '../first-boot/observe.ts';

/** One look at a device: what is seen, when, and in which language reasons are given. Reports travel in English. */
export interface Look {
  readonly device: Device;
  readonly now: Date;
  readonly say: (en: string, zh: string) => string;
  /** What the first-boot plan's steps are seen to have done; looked at once. */
  readonly firstBoot: () => readonly FirstBootObservation[];
}

/** Starts a look at the device as it is now. */
export function lookAt(device: Device, language: Language = 'en'): Look {
  const now = device.now();
  const say = (en: string, zh: string) => (language === 'en' ? en : zh);
  let steps: readonly FirstBootObservation[] | undefined;
  return {
    device,
    now,
    say,
    firstBoot: () => {
      steps ??= observeSteps(device, now, say);
      return steps;
    },
  };
}
