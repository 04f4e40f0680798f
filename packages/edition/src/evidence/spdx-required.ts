const text = { type: 'string', minLength: 1 } as const;
const id = { type: 'string', pattern: '^SPDXRef-[A-Za-z0-9.-]+$' } as const;

/** What SPDX 2.3 requires of the fields this project writes, for tests. Source: SPDX 2.3 §6 to §7, §11. */
export const spdxRequired = {
  type: 'object',
  additionalProperties: false,
  required: [
    'spdxVersion',
    'dataLicense',
    'SPDXID',
    'name',
    'documentNamespace',
    'creationInfo',
    'packages',
    'relationships',
  ],
  properties: {
    spdxVersion: { const: 'SPDX-2.3' },
    dataLicense: { const: 'CC0-1.0' },
    SPDXID: { const: 'SPDXRef-DOCUMENT' },
    name: text,
    documentNamespace: { type: 'string', pattern: '^[a-z][a-z0-9+.-]*:[^#\\s]+$' },
    creationInfo: {
      type: 'object',
      additionalProperties: false,
      required: ['created', 'creators'],
      properties: {
        created: { type: 'string', pattern: '^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$' },
        creators: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', pattern: '^(Tool|Person|Organization): .' },
        },
      },
    },
    packages: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['SPDXID', 'name', 'downloadLocation'],
        properties: {
          SPDXID: id,
          name: text,
          versionInfo: text,
          supplier: { type: 'string', pattern: '^(NOASSERTION|(Person|Organization): .+)$' },
          downloadLocation: { type: 'string', pattern: '^(NOASSERTION|NONE|https?://\\S+)$' },
          filesAnalyzed: { const: false },
          checksums: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['algorithm', 'checksumValue'],
              properties: {
                algorithm: { const: 'SHA256' },
                checksumValue: { type: 'string', pattern: '^[0-9a-f]{64}$' },
              },
            },
          },
          homepage: text,
          licenseConcluded: text,
          licenseDeclared: {
            type: 'string',
            pattern: '^(NOASSERTION|[A-Za-z0-9.-]+( AND [A-Za-z0-9.-]+)*)$',
          },
          copyrightText: text,
          primaryPackagePurpose: { enum: ['OPERATING_SYSTEM', 'APPLICATION', 'LIBRARY'] },
          externalRefs: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['referenceCategory', 'referenceType', 'referenceLocator'],
              properties: {
                referenceCategory: { const: 'PACKAGE-MANAGER' },
                referenceType: { const: 'purl' },
                referenceLocator: { type: 'string', pattern: '^pkg:deb/debian/[^/\\s]+@[^\\s]+$' },
              },
            },
          },
        },
      },
    },
    relationships: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['spdxElementId', 'relationshipType', 'relatedSpdxElement'],
        properties: {
          spdxElementId: id,
          relationshipType: { enum: ['DESCRIBES', 'CONTAINS'] },
          relatedSpdxElement: id,
        },
      },
    },
  },
} as const;
