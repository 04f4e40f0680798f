import { EditionManifest } from '@imprint/protocol';
import type { ManifestSchema } from './check-schema.ts';

const extendsSchema: ManifestSchema = {
  type: 'string',
  minLength: 1,
  examples: ['../gov-base/edition.yaml'],
  description: 'The manifest this one is laid over, relative to this file.',
};

/** The schema of a whole manifest, overlays applied. */
export const manifestSchema = EditionManifest as unknown as ManifestSchema;

/** The same schema with nothing required: what an overlay may state. */
export function overlaySchema(schema: ManifestSchema): ManifestSchema {
  const { required: _required, minItems: _minItems, ...rest } = schema;
  return {
    ...rest,
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([key, child]) => [key, overlaySchema(child)]),
          ),
        }),
    ...(schema.items === undefined ? {} : { items: overlaySchema(schema.items) }),
  };
}

/** What one manifest file may hold: any part of a manifest, and `extends`. */
export function manifestFileSchema(): ManifestSchema {
  const overlay = overlaySchema(manifestSchema);
  return { ...overlay, properties: { extends: extendsSchema, ...overlay.properties } };
}

/** The published schema of manifest files: an overlay may leave out what the manifest below it states. */
export function publishedSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Imprint edition manifest',
    ...manifestFileSchema(),
    if: { not: { required: ['extends'] } },
    // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword, never awaited
    then: { $ref: '#/$defs/manifest' },
    $defs: { manifest: manifestSchema },
  };
}
