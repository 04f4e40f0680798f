import type { BuildRecord } from '@imprint/protocol';

/**
 * Names what two builds of one lock and profile both made, but not with the same bytes: builds are reproducible, so the
 * answer should be nothing.
 */
export function divergingFiles(a: BuildRecord, b: BuildRecord): string[] {
  const digests = new Map([...a.artifacts, ...a.evidence].map((file) => [file.name, file.digests.sha256]));
  return [...b.artifacts, ...b.evidence]
    .filter(({ name, digests: { sha256 } }) => digests.has(name) && digests.get(name) !== sha256)
    .map(({ name }) => name)
    .sort();
}
