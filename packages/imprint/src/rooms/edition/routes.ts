import { BuildRecord, Name, Sha256 } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { type EditionContext, registerBuild } from './actions.ts';
import { editionError } from './errors.ts';
import { Build, Edition } from './model.ts';
import { buildOf, findBuild, listBuilds, listEditions } from './store.ts';

const tags = ['edition'];

/** `/v1/editions` and `/v1/builds`. */
export function editionRoutes(app: App, context: EditionContext): void {
  listRoutes(app, context);
  buildRoutes(app, context);
}

function listRoutes(app: App, context: EditionContext): void {
  app.get(
    '/v1/editions',
    {
      ...needs('edition:read'),
      schema: {
        tags,
        operationId: 'listEditions',
        summary: 'Editions with their newest build',
        response: { 200: Type.Object({ editions: Type.Array(Edition) }) },
      },
    },
    async (request) => ({
      editions: await context.database.transaction(accessOf(request), (trx) => listEditions(trx)),
    }),
  );
  app.get(
    '/v1/editions/:edition/builds',
    {
      ...needs('edition:read'),
      schema: {
        tags,
        operationId: 'listBuilds',
        summary: 'The newest 50 builds of an edition',
        params: Type.Object({ edition: Name }),
        response: { 200: Type.Object({ builds: Type.Array(Build) }) },
      },
    },
    async (request) => {
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listBuilds(trx, request.params.edition, 50),
      );
      return { builds: rows.map(buildOf) };
    },
  );
}

function buildRoutes(app: App, context: EditionContext): void {
  app.post(
    '/v1/builds',
    {
      ...needs('edition:write'),
      schema: {
        tags,
        operationId: 'registerBuild',
        summary: 'Register a build by its record (build.json)',
        body: BuildRecord,
        response: { 200: Build },
      },
    },
    (request) => registerBuild(context, accessOf(request), request.body),
  );
  app.get(
    '/v1/builds/:sha256',
    {
      ...needs('edition:read'),
      schema: {
        tags,
        operationId: 'showBuild',
        summary: 'One build',
        params: Type.Object({ sha256: Sha256 }),
        response: { 200: Build },
      },
    },
    async (request) => {
      const { sha256 } = request.params;
      const row = await context.database.transaction(accessOf(request), (trx) => findBuild(trx, sha256));
      if (row === undefined) throw editionError('EDITION_BUILD_UNKNOWN', { build: sha256 });
      return buildOf(row);
    },
  );
}
