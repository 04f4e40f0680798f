import Type from 'typebox';
import { accessOf, needsSession, sessionOf } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { AgencyId } from './model.ts';
import { OpenSession, Session } from './people/model.ts';
import { actAt, listOwnSessions, ownSession, signOut } from './session-actions.ts';
import { endedSessionCookie, sessionCookie } from './sessions.ts';
import { stepUpByCode } from './sign-in/actions.ts';
import type { SignInContext } from './sign-in/context.ts';

const tags = ['sign-in'];
const strict = { additionalProperties: false };

/** `/v1/session` and `/v1/sessions`: what a signed-in person sees and does about their own. */
export function sessionRoutes(app: App, context: SignInContext): void {
  ownRoutes(app, context);
  changingRoutes(app, context);
}

function ownRoutes(app: App, context: SignInContext): void {
  app.get(
    '/v1/session',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'session',
        summary: 'Who you are, what you hold and where you act',
        response: { 200: Session },
      },
    },
    (request) => ownSession(context, sessionOf(request)),
  );
  app.get(
    '/v1/sessions',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'listSessions',
        summary: 'Your open sessions, newest first',
        response: { 200: Type.Object({ sessions: Type.Array(OpenSession) }) },
      },
    },
    async (request) => ({ sessions: await listOwnSessions(context, sessionOf(request)) }),
  );
  app.delete(
    '/v1/session',
    {
      ...needsSession(),
      schema: { tags, operationId: 'signOut', summary: 'End your session', response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await signOut(context, accessOf(request), sessionOf(request));
      return reply.header('set-cookie', endedSessionCookie()).code(204).send(null);
    },
  );
}

function changingRoutes(app: App, context: SignInContext): void {
  app.post(
    '/v1/session/acting',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'actAt',
        summary: 'Act at another agency, at or below one where you hold a role',
        body: Type.Object({ agencyId: AgencyId }, strict),
        response: { 200: Session },
      },
    },
    async (request) => {
      const own = sessionOf(request);
      await actAt(context, own, request.body.agencyId);
      return ownSession(context, own);
    },
  );
  app.post(
    '/v1/session/step-up',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'stepUp',
        summary: 'Prove again by a one-time code that you are there; the session gets a new secret',
        body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 40 }) }, strict),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const secret = await stepUpByCode(context, sessionOf(request), request.body.code);
      return reply.header('set-cookie', sessionCookie(secret)).code(204).send(null);
    },
  );
}
