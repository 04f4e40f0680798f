import type { DeviceReport, EditionIdentity } from '@imprint/protocol';
import { cachedEvidence, parseEvidence } from '../release/evidence.ts';
import { isRecord } from '../state/json.ts';
import { type EvidenceFile, releaseRecord, type VerifiedRelease } from '../state/records.ts';
import { installedPackages } from './dpkg.ts';
import type { Look } from './look.ts';
import { observeWindowsPatch } from './windows-patch.ts';

const reportedPackages = 100;

/** Upstream packages go by their package URL; a supplier's own .deb has none, and a reference that says so. */
function isBinaryPackage(component: Record<string, unknown>): boolean {
  const { purl, 'bom-ref': reference } = component;
  if (typeof purl === 'string') return purl.startsWith('pkg:deb/') && !/[?&]arch=source(&|$)/.test(purl);
  return typeof reference === 'string' && reference.startsWith('component:');
}

/** Debian packages of a release's CycloneDX document, name → version. */
export function sbomPackages(document: Record<string, unknown>): Map<string, string> {
  const found = new Map<string, string>();
  const components = Array.isArray(document.components) ? (document.components as unknown[]) : [];
  for (const component of components) {
    if (!isRecord(component) || !isBinaryPackage(component)) continue;
    const { name, version } = component;
    if (typeof name === 'string' && typeof version === 'string') found.set(name, version);
  }
  return found;
}

/** Packages that are not as approved: another version, missing here, or not part of the release. Sorted by name. */
export function packageDifferences(
  approved: ReadonlyMap<string, string>,
  installed: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...approved.keys(), ...installed.keys()])].sort();
  return names.flatMap((name) => {
    const [wanted, got] = [approved.get(name), installed.get(name)];
    if (wanted === got) return [];
    if (wanted === undefined) return [`${name} ${got} (not in the release)`];
    return [got === undefined ? `${name} ${wanted} (missing)` : `${name} ${got} (approved ${wanted})`];
  });
}

/** An antivirus provider that the release allows is no difference: its package is approved by digest with the release. */
function withoutProviders(
  installed: ReadonlyMap<string, string>,
  approved: ReadonlyMap<string, string>,
  { antivirusProviders = [] }: VerifiedRelease,
): ReadonlyMap<string, string> {
  const allowed = new Set(
    antivirusProviders.flatMap(({ installer }) =>
      installer === undefined ? [] : [`${installer.package} ${installer.version}`],
    ),
  );
  const isProvider = (name: string, version: string) =>
    !approved.has(name) && allowed.has(`${name} ${version}`);
  return new Map([...installed].filter(([name, version]) => !isProvider(name, version)));
}

/** The release's list of packages as evidence. */
export const sbomFile = (evidence: readonly EvidenceFile[]): EvidenceFile | undefined =>
  evidence.find(({ kind }) => kind === 'sbom-cyclonedx');

/** Installed packages against the newest verified release's own list; unknown where either cannot be read. */
export function observePatch(look: Look, edition: EditionIdentity): DeviceReport['patch'] {
  const { device, say } = look;
  const { windows } = device.platform;
  if (windows !== undefined) return observeWindowsPatch(look, edition, windows);
  const observedAt = look.now.toISOString();
  const installed = installedPackages(device);
  const unknown = (reason: string): DeviceReport['patch'] => ({
    state: 'unknown',
    observedAt,
    reason,
    ...(installed === undefined ? {} : { packages: installed.size }),
  });
  if (installed === undefined) return unknown(say('dpkg keeps no records here', '本机没有 dpkg 记录'));
  const release = releaseRecord.load(device.files)?.release;
  if (release === undefined) return unknown(say('no release verified yet', '尚无已验证的发布'));
  const file = sbomFile(release.evidence);
  const bytes = file === undefined ? undefined : cachedEvidence(device.files, file);
  if (file === undefined || bytes === undefined) {
    return unknown(say("the release's list of packages is not here", '本机没有该发布的软件包清单'));
  }
  const approved = sbomPackages(parseEvidence(file.name, bytes));
  const differing = packageDifferences(approved, withoutProviders(installed, approved, release));
  const figures = { observedAt, packages: installed.size, differing: differing.slice(0, reportedPackages) };
  if (differing.length === 0) return { state: 'ok', ...figures };
  const reason = say(`${differing.length} packages differ`, `${differing.length} 个软件包不同`);
  return { state: release.lockSha256 === edition.lockSha256 ? 'failing' : 'stale', ...figures, reason };
}
