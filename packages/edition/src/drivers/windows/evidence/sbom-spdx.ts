import { lockInstant } from '../../../evidence/sbom/facts.ts';
import { verifier } from '../../../evidence/verifier.ts';
import { imageDigest, imageVersion, type WindowsBill } from './bill.ts';

interface Described {
  readonly id: string;
  readonly name: string;
  readonly version?: string;
  readonly sha256: string;
  readonly supplier: string;
  readonly purpose?: 'OPERATING_SYSTEM' | 'APPLICATION';
}

/** Nothing here states a licence: the suppliers say theirs, and Imprint reads none out of a Windows image. */
const unstated = {
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const;

/** Writes the bill of materials as SPDX 2.3 JSON. Source: SPDX 2.3, §6 to §11. */
export function windowsSpdx(bill: WindowsBill) {
  const { lock, lockSha256 } = bill;
  const described = describedParts(bill);
  const relate = (from: string, relationshipType: string, to: string) => ({
    ...{ spdxElementId: from, relationshipType, relatedSpdxElement: to },
  });
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${lock.edition}-${lock.version}`,
    documentNamespace: `urn:imprint:spdx:${lock.edition}:${lock.version}:${lockSha256}`,
    creationInfo: { created: lockInstant(lock), creators: [`Tool: imprint-${verifier.version}`] },
    packages: [
      {
        ...{ SPDXID: 'SPDXRef-Edition', name: lock.edition, versionInfo: lock.version },
        ...unstated,
        primaryPackagePurpose: 'OPERATING_SYSTEM',
      },
      ...described.map(({ id, name, version, sha256, supplier, purpose }) => ({
        SPDXID: id,
        name,
        ...(version === undefined ? {} : { versionInfo: version }),
        supplier,
        checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
        ...unstated,
        ...(purpose === undefined ? {} : { primaryPackagePurpose: purpose }),
      })),
    ],
    relationships: [
      relate('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Edition'),
      ...described.map(({ id }) => relate('SPDXRef-Edition', 'CONTAINS', id)),
    ],
  };
}

function describedParts({ lock, local, vendor, data }: WindowsBill): Described[] {
  const { image } = lock;
  return [
    {
      id: spdxId('Image', image.editionId),
      name: image.name,
      version: imageVersion(lock),
      sha256: imageDigest(image.parts),
      supplier: 'NOASSERTION',
      purpose: 'OPERATING_SYSTEM',
    },
    ...local.map(({ input, component }) => ({
      id: spdxId('Component', component.name),
      name: component.name,
      sha256: input.sha256,
      supplier: `Organization: ${component.supplier}`,
      purpose: 'APPLICATION' as const,
    })),
    ...[...vendor, ...data].map((input) => ({
      id: spdxId('Input', input.role, input.name),
      name: input.name,
      sha256: input.sha256,
      supplier: 'NOASSERTION',
    })),
  ];
}

/** Identifiers hold letters, digits, `.` and `-` only; others are spelled by their code point. */
function spdxId(...parts: readonly string[]): string {
  const safe = parts.map((part) =>
    part.replace(/[^A-Za-z0-9.-]/gu, (character) => `.u${character.codePointAt(0)?.toString(16)}.`),
  );
  return `SPDXRef-${safe.join('-')}`;
}
