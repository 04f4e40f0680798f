import type { LockedFile, LockedInput } from '@imprint/protocol';
import { lockInstant, uuidOf } from '../../../evidence/sbom/facts.ts';
import { verifier } from '../../../evidence/verifier.ts';
import { imageVersion, type LocalPart, type WindowsBill } from './bill.ts';

const hashes = ({ sha256 }: { readonly sha256: string }) => [{ alg: 'SHA-256', content: sha256 }];

/** Writes the bill of materials as CycloneDX 1.6 JSON; what is inside the vendor's image is the vendor's to say. */
export function windowsCycloneDx(bill: WindowsBill) {
  const { lock, lockSha256 } = bill;
  const root = `edition:${lock.edition}@${lock.version}`;
  const components = [
    vendorImage(bill),
    ...bill.local.map(localComponent),
    ...bill.vendor.map((input) => fileComponent(input, 'application')),
    ...bill.data.map((input) => fileComponent(input, 'data')),
  ];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(lockSha256)}`,
    version: 1,
    metadata: {
      timestamp: lockInstant(lock),
      tools: { components: [{ type: 'application', name: 'imprint', version: verifier.version }] },
      component: {
        type: 'operating-system',
        'bom-ref': root,
        name: lock.edition,
        version: lock.version,
        description: lock.manifest.title.en,
        properties: [{ name: 'imprint:lock-sha256', value: lockSha256 }],
      },
    },
    components,
    dependencies: [{ ref: root, dependsOn: components.map((component) => component['bom-ref']).sort() }],
  };
}

/** One component: the image as a whole. Its files stand below it, because a split set has no digest of its own. */
function vendorImage({ lock }: WindowsBill) {
  const { image } = lock;
  const files: readonly LockedFile[] = [
    ...image.parts,
    ...(image.medium === undefined ? [] : [image.medium]),
  ];
  return {
    type: 'operating-system',
    'bom-ref': `image:${image.editionId}@${imageVersion(lock)}`,
    name: image.name,
    version: imageVersion(lock),
    ...(image.parts.length === 1 ? { hashes: image.parts.flatMap(hashes) } : {}),
    properties: [
      { name: 'imprint:edition-id', value: image.editionId },
      { name: 'imprint:image-index', value: String(image.index) },
      { name: 'imprint:languages', value: image.languages.join(' ') },
    ],
    components: files.map((file) => ({
      type: 'file',
      'bom-ref': `image-file:${file.name}`,
      name: file.name,
      hashes: hashes(file),
    })),
  };
}

function localComponent({ input, component, signature, evidence }: LocalPart) {
  const signed =
    signature === undefined
      ? []
      : [
          { name: 'imprint:authenticode', value: signature.state },
          ...(signature.signer === undefined
            ? []
            : [{ name: 'imprint:authenticode-signer', value: signature.signer }]),
        ];
  return {
    type: 'application',
    'bom-ref': `component:${component.name}`,
    supplier: { name: component.supplier },
    name: component.name,
    hashes: hashes(input),
    properties: [
      { name: 'imprint:role', value: component.role },
      ...signed,
      ...(evidence === undefined ? [] : [{ name: 'imprint:evidence-sha256', value: evidence.sha256 }]),
    ],
  };
}

function fileComponent(input: LockedInput, type: 'application' | 'data') {
  return {
    type,
    'bom-ref': `${input.role}:${input.name}`,
    name: input.name,
    hashes: hashes(input),
    properties: [{ name: 'imprint:role', value: input.role }],
  };
}
