import swagger from '@fastify/swagger';
import { Problem } from '@imprint/protocol';
import Type from 'typebox';
import type { Needs } from '../platform/http/access.ts';
import type { App } from '../platform/http/app.ts';

/** Describes every route as OpenAPI 3.1 at `/openapi.json`, from the schemas that validate it. */
export async function describeRoutes(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Imprint',
        version,
        description:
          'Refusals are RFC 9457 problems with a stable `code`; send `Accept-Language: zh-CN` for Chinese.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: '__Host-imprint' },
        },
        schemas: { Problem: plain(Problem) },
      },
    },
    transform: ({ schema, url, route }) => {
      const { scope, session } = (route.config ?? {}) as Needs;
      const response = { ...(schema?.response as object | undefined), default: problemResponse };
      const security = [
        ...(scope === undefined ? [] : [{ token: [scope] }, { session: [scope] }]),
        ...(session === undefined ? [] : [{ session: [] }]),
      ];
      return { schema: { ...schema, response, security } as never, url };
    },
  });
  app.get(
    '/openapi.json',
    {
      schema: {
        tags: ['service'],
        operationId: 'describe',
        summary: 'This description',
        response: { 200: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) },
      },
    },
    () => app.swagger() as object,
  );
}

const problemResponse = {
  description: 'A refusal or failure, as a problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const plain = (schema: object) => JSON.parse(JSON.stringify(schema)) as Record<string, never>;
