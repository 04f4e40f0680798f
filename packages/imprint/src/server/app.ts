import { type FastifyInstance, fastify, LogController } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import type { OpenDatabase } from '../platform/database/index.ts';
import type { App } from '../platform/http/app.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { assuranceRoutes } from '../rooms/assurance/index.ts';
import { editionRoutes } from '../rooms/edition/index.ts';
import {
  antivirusRoutes,
  type CheckInDesk,
  complianceRoutes,
  ddiRoutes,
  deploymentRoutes,
  fleetRoutes,
  inventoryRoutes,
  rolloutRoutes,
} from '../rooms/fleet/index.ts';
import { type LeaseDesk, type LicensingContext, licensingRoutes } from '../rooms/licensing/index.ts';
import {
  type OidcContext,
  oidcRoutes,
  organisationRoutes,
  passkeyRoutes,
  publicOriginOf,
} from '../rooms/organisation/index.ts';
import { type ReleasePaths, type ReleaseRegister, releaseRoutes } from '../rooms/release/index.ts';
import { checkAccess } from './auth.ts';
import { contentRoutes } from './content.ts';
import { healthRoutes } from './health.ts';
import { measure } from './metrics.ts';
import { describeRoutes } from './openapi.ts';
import { pathOf, sendProblems } from './problem.ts';
import type { Tables } from './tables.ts';

export interface AppContext {
  readonly database: OpenDatabase<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly desk: CheckInDesk;
  readonly register: ReleaseRegister;
  readonly licensing: LicensingContext;
  readonly leases: LeaseDesk;
  readonly paths: ReleasePaths;
  readonly checkInSeconds: number;
  readonly smallCell: number;
  /** As set; without it the address listened on decides. */
  readonly publicUrl: string | undefined;
  readonly oidc: OidcContext['oidc'];
  /** Addresses and networks whose word counts on who asks; of anybody else, `X-Forwarded-*` is ignored. */
  readonly trustedProxies: readonly string[];
  /** Seals people's second factors. */
  readonly sealingKey: Buffer;
  readonly isStopping: () => boolean;
}

/** Puts the rooms together behind one HTTP application; nothing listens yet. */
export async function composeApp(context: AppContext): Promise<App> {
  const { ids } = context;
  const app = fastify({
    loggerInstance: context.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => ids.id(),
    bodyLimit: 512 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    trustProxy: context.trustedProxies.length > 0 && [...context.trustedProxies],
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  }) as unknown as App & FastifyInstance;
  sendProblems(app);
  protect(app);
  await describeRoutes(app, '0.1.0');
  checkAccess(app, context);
  measure(app, () => context.desk.waiting);
  healthRoutes(app, context);
  contentRoutes(app, context.paths.repository);
  organisationRoutes(app, context);
  const signIn = { ...context, publicOrigin: () => publicOriginOf(context.publicUrl, listening(app)) };
  passkeyRoutes(app, signIn);
  oidcRoutes(app, signIn);
  editionRoutes(app, context);
  releaseRoutes(app, context, context.register);
  licensingRoutes(app, context.licensing, context.leases);
  fleetRoutes(app, context, context.desk);
  rolloutRoutes(app, context, context.register);
  complianceRoutes(app, context);
  inventoryRoutes(app, context);
  antivirusRoutes(app, context);
  ddiRoutes(app, context);
  deploymentRoutes(app, context);
  assuranceRoutes(app, context);
  await app.ready();
  return app;
}

/** What the application listens on by now. */
function listening(app: FastifyInstance): { host: string; port: number } {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the application does not listen');
  return { host: address.address, port: address.port };
}

/** Headers of every answer, and one line in the log for each: method, path, status, time; never headers or bodies. */
function protect(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-resource-policy', 'same-origin');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode: status } = reply;
    const milliseconds = Math.round(reply.elapsedTime);
    request.log.info({ method: request.method, path: pathOf(request), status, milliseconds }, 'request');
  });
}
