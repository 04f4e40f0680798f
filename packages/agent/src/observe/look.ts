import type { Language } from '@imprint/protocol';
import type { Device } from '../device.ts';

/** One look at a device: what is seen, when, and in which language reasons are given. Reports travel in English. */
export interface Look {
  readonly device: Device;
  readonly now: Date;
  readonly say: (en: string, zh: string) => string;
}

/** Starts a look at the device as it is now. */
export function lookAt(device: Device, language: Language = 'en'): Look {
  return { device, now: device.now(), say: (en, zh) => (language === 'en' ? en : zh) };
}
