import { spdxOf } from '../reference/licences.ts';
import { verifier } from '../verifier.ts';
import { type BillOfMaterials, lockInstant, type PackageFacts, packageUrl } from './facts.ts';

interface Described {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly location: string;
  readonly sha256: string;
  readonly supplier: string;
  readonly facts: PackageFacts;
  readonly purl?: string;
}

/** Writes the bill of materials as SPDX 2.3 JSON. Source: SPDX 2.3, §6 to §11. */
export function spdx(bill: BillOfMaterials) {
  const { lock, lockSha256 } = bill;
  const described = describedParts(bill);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${lock.edition}-${lock.version}`,
    documentNamespace: `urn:imprint:spdx:${lock.edition}:${lock.version}:${lockSha256}`,
    creationInfo: { created: lockInstant(lock), creators: [`Tool: imprint-${verifier.version}`] },
    packages: [
      {
        SPDXID: 'SPDXRef-Edition',
        name: lock.edition,
        versionInfo: lock.version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: 'NOASSERTION',
        copyrightText: 'NOASSERTION',
        primaryPackagePurpose: 'OPERATING_SYSTEM',
      },
      ...described.map(packageEntry),
    ],
    relationships: [
      {
        spdxElementId: 'SPDXRef-DOCUMENT',
        relationshipType: 'DESCRIBES',
        relatedSpdxElement: 'SPDXRef-Edition',
      },
      ...described.map(({ id }) => ({
        spdxElementId: 'SPDXRef-Edition',
        relationshipType: 'CONTAINS',
        relatedSpdxElement: id,
      })),
    ],
  };
}

function describedParts({ lock, upstream, local }: BillOfMaterials): Described[] {
  const { suite } = lock.manifest.base.debian;
  const mirrors = new Map(lock.archives.map(({ archive, mirror }) => [archive, mirror.replace(/\/$/, '')]));
  return [
    ...upstream.map(({ locked, facts }) => ({
      id: spdxId('Package', locked.name, locked.architecture),
      name: locked.name,
      version: locked.version,
      location: `${mirrors.get(locked.archive) ?? ''}/${locked.path}`,
      sha256: locked.sha256,
      supplier: 'Organization: Debian Project',
      facts,
      purl: packageUrl(locked, suite),
    })),
    ...local.map(({ input, component, facts }) => ({
      id: spdxId('Component', component.name),
      name: facts.name,
      version: facts.version,
      location: 'NOASSERTION',
      sha256: input.sha256,
      supplier: `Organization: ${component.supplier}`,
      facts,
    })),
  ];
}

function packageEntry({ id, name, version, location, sha256, supplier, facts, purl }: Described) {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    supplier,
    downloadLocation: location,
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
    ...(facts.homepage === undefined ? {} : { homepage: facts.homepage }),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: declaredLicence(facts.licences),
    copyrightText: 'NOASSERTION',
    ...(purl === undefined
      ? {}
      : {
          externalRefs: [
            { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
          ],
        }),
  };
}

/** An expression only where every licence is certain; a part of the truth would be read as all of it. */
function declaredLicence(names: readonly string[]): string {
  const ids = names.map(spdxOf);
  if (ids.length === 0 || ids.includes(undefined)) return 'NOASSERTION';
  return [...new Set(ids)].join(' AND ');
}

/** Identifiers hold letters, digits, `.` and `-` only; others are spelled by their code point. */
function spdxId(...parts: readonly string[]): string {
  const safe = parts.map((part) =>
    part.replace(/[^A-Za-z0-9.-]/gu, (character) => `.u${character.codePointAt(0)?.toString(16)}.`),
  );
  return `SPDXRef-${safe.join('-')}`;
}
