import type { Device } from '../device.ts';
import { loadReadable } from '../state/json.ts';
import type { Detection, Provider } from './contract.ts';
import { detectionsRecord } from './records.ts';

const kept = 200;

type Kept = Detection & { readonly provider: string };
const keyOf = ({ at, provider, path, signature }: Kept): string => [at, provider, path, signature].join('\n');

/** What was stopped here, the newest last. A damaged list is no reason to stop looking after protection. */
export const keptDetections = (device: Device): readonly Kept[] =>
  loadReadable(device.files, detectionsRecord)?.detections ?? [];

/** Adds what each provider stopped since, by path and name, never with a file's content. */
export async function keepDetections(
  device: Device,
  providers: ReadonlyMap<string, Provider>,
): Promise<void> {
  const before = keptDetections(device);
  const all = new Map(before.map((one) => [keyOf(one), one]));
  for (const [provider, { detections }] of providers) {
    const found = await detections().catch(() => []);
    for (const one of found) all.set(keyOf({ ...one, provider }), { ...one, provider });
  }
  const sorted = [...all.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-kept);
  if (JSON.stringify(sorted) !== JSON.stringify(before))
    detectionsRecord.save(device.files, { detections: sorted });
}
