import { spdxOf } from '../reference/licences.ts';
import { verifier } from '../verifier.ts';
import {
  type BillOfMaterials,
  type LocalPart,
  lockInstant,
  packageUrl,
  type UpstreamPart,
  uuidOf,
} from './facts.ts';

const debian = { name: 'Debian Project', url: ['https://www.debian.org/'] } as const;

/** Writes the bill of materials as CycloneDX 1.6 JSON. Source: CycloneDX 1.6, ECMA-424. */
export function cycloneDx(bill: BillOfMaterials) {
  const { lock } = bill;
  const root = `edition:${lock.edition}@${lock.version}`;
  const components = [
    ...bill.upstream.map((part) => upstreamComponent(part, lock.manifest.base.debian.suite)),
    ...bill.local.map(localComponent),
    ...bill.data.map((input) => ({
      type: 'data',
      'bom-ref': `${input.role}:${input.name}`,
      name: input.name,
      hashes: [{ alg: 'SHA-256', content: input.sha256 }],
      properties: [{ name: 'imprint:role', value: input.role }],
    })),
  ];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(bill.lockSha256)}`,
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
        properties: [{ name: 'imprint:lock-sha256', value: bill.lockSha256 }],
      },
    },
    components,
    dependencies: [{ ref: root, dependsOn: components.map((component) => component['bom-ref']).sort() }],
  };
}

function upstreamComponent({ locked, facts, component }: UpstreamPart, suite: string) {
  const purl = packageUrl(locked, suite);
  const properties = [
    { name: 'imprint:archive', value: locked.archive },
    { name: 'imprint:source', value: `${locked.source.name}@${locked.source.version}` },
    ...(component === undefined ? [] : [{ name: 'imprint:role', value: component.role }]),
  ];
  return {
    type: 'library',
    'bom-ref': purl,
    supplier: debian,
    publisher: facts.maintainer,
    name: locked.name,
    version: locked.version,
    description: facts.description,
    hashes: [{ alg: 'SHA-256', content: locked.sha256 }],
    ...licences(facts.licences),
    purl,
    ...homepage(facts.homepage),
    properties,
  };
}

function localComponent({ input, component, facts, evidence }: LocalPart) {
  const properties = [
    { name: 'imprint:role', value: component.role },
    ...(evidence === undefined ? [] : [{ name: 'imprint:evidence-sha256', value: evidence.sha256 }]),
  ];
  return {
    type: 'application',
    'bom-ref': `component:${component.name}`,
    supplier: { name: component.supplier },
    name: facts.name,
    version: facts.version,
    description: facts.description,
    hashes: [{ alg: 'SHA-256', content: input.sha256 }],
    ...licences(facts.licences),
    ...homepage(facts.homepage),
    properties,
  };
}

function licences(names: readonly string[]) {
  if (names.length === 0) return {};
  const stated = names.map((name) => {
    const id = spdxOf(name);
    return { license: { ...(id === undefined ? { name } : { id }), acknowledgement: 'declared' } };
  });
  // Two Debian names may mean one SPDX licence; the list must hold it once.
  const unique = new Map(stated.map((item) => [JSON.stringify(item), item]));
  return { licenses: [...unique.values()] };
}

function homepage(url: string | undefined) {
  if (url === undefined || !/^https?:\/\/[\x21-\x7e]+$/.test(url)) return {};
  return { externalReferences: [{ type: 'website', url }] };
}
