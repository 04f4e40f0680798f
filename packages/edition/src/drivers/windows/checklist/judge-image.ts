import type { ChecklistData } from './checklist-data.ts';
import { factsOf, listOf, textOf } from './facts.ts';
import { type ChecklistCheck, judged, unknownCheck } from './judgement.ts';
import type { DeviceChecklistReport } from './model.ts';

/** What DISM prints of a healthy component store, in English. Source: learn.microsoft.com, "Repair a Windows image". */
export const healthy = /^No component store corruption detected\.$/;

/** Whether DISM reads the artifacts and finds the edition in them, and whether a mounted image is healthy. */
export function judgeImage(data: ChecklistData, report: DeviceChecklistReport): ChecklistCheck[] {
  const seen = factsOf(report);
  const artifacts = data.artifacts.flatMap(({ kind, name, sha256 }) => {
    const id = `artifact:${name}`;
    const found = seen(id);
    const hash =
      'reason' in found
        ? unknownCheck(id, found.reason)
        : judged(id, sha256, textOf(found.facts, 'digest'), found.at);
    return kind === 'wim' || kind === 'esd' ? [hash, imageInfo(name, data, seen)] : [hash];
  });
  return [
    ...artifacts,
    mountedEdition(data, seen),
    ...['check', 'scan'].map((look) => storeHealth(`dism-mounted-${look}-health`, seen)),
  ];
}

type Look = ReturnType<typeof factsOf>;

function imageInfo(name: string, { image }: ChecklistData, seen: Look): ChecklistCheck {
  const id = `dism-image-info:${name}`;
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const lines = listOf(found.facts, 'lines');
  const field = (label: string) =>
    lines.flatMap((line) => new RegExp(`^${label}\\s*: (.+)$`).exec(line)?.[1] ?? [])[0] ?? 'none';
  const got = `exit ${textOf(found.facts, 'exitCode')}, ${field('Edition')}`;
  return judged(id, `exit 0, ${image.editionId}`, got, found.at);
}

function mountedEdition({ image }: ChecklistData, seen: Look): ChecklistCheck {
  const id = 'dism-mounted-edition';
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const lines = listOf(found.facts, 'lines');
  const got = lines.flatMap((line) => /^Current Edition : (.+)$/.exec(line)?.[1] ?? [])[0] ?? 'none';
  return judged(id, image.editionId, got, found.at);
}

/** A component store as DISM judged it; anything but its sentence of health is no health. */
export function storeHealth(id: string, seen: Look): ChecklistCheck {
  const found = seen(id);
  if ('reason' in found) return unknownCheck(id, found.reason);
  const lines = listOf(found.facts, 'lines');
  const isHealthy = textOf(found.facts, 'exitCode') === '0' && lines.some((line) => healthy.test(line));
  const got = isHealthy
    ? 'healthy'
    : `exit ${textOf(found.facts, 'exitCode')}: ${lines.at(-2) ?? 'no output'}`;
  return judged(id, 'healthy', got, found.at);
}
