import type { AntivirusDefinitions } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';
import { isRecord, parseJson } from '../state/json.ts';

/** The definitions set that was pressed into the image; undefined where there is none. */
export function bakedDefinitions(device: Device): AntivirusDefinitions | undefined {
  const bytes = readBounded(at(device, device.platform.paths.antivirusDefinitions), 1024 * 1024);
  const value = bytes === undefined ? undefined : parseJson(bytes);
  return isRecord(value) && Array.isArray(value.files)
    ? (value as unknown as AntivirusDefinitions)
    : undefined;
}
