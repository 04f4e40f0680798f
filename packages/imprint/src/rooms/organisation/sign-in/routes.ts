import Type from 'typebox';
import { signsIn } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { sessionCookie } from '../sessions.ts';
import { signInByCode, signInByPassword } from './actions.ts';
import type { SignInContext } from './context.ts';
import { acceptInvitation, confirmCodes } from './invitation.ts';

const tags = ['sign-in'];
const strict = { additionalProperties: false };
const Secret = Type.String({ minLength: 1, maxLength: 100 });
const Password = Type.String({ minLength: 1, maxLength: 1000 });
const Code = Type.String({ minLength: 1, maxLength: 40 });
const CodeWithTicket = Type.Object({ ticket: Secret, code: Code }, strict);

/** `/v1/sign-in/…` by password, one-time code and invitation. A session leaves in the `__Host-imprint` cookie only. */
export function signInRoutes(app: App, context: SignInContext): void {
  passwordRoutes(app, context);
  invitationRoutes(app, context);
}

function passwordRoutes(app: App, context: SignInContext): void {
  app.post(
    '/v1/sign-in/password',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'signInByPassword',
        summary: 'Begin to sign in by password; where that suffices, the session is opened',
        body: Type.Object(
          { login: Type.String({ minLength: 1, maxLength: 64 }), password: Password },
          strict,
        ),
        response: {
          200: Type.Object({
            next: Type.Union([Type.Literal('done'), Type.Literal('code')]),
            ticket: Type.Optional(Type.String()),
          }),
        },
      },
    },
    async (request, reply) => {
      const answer = await signInByPassword(context, { ...request.body, address: request.ip });
      if (answer.next === 'code') return answer;
      reply.header('set-cookie', sessionCookie(answer.secret));
      return { next: answer.next };
    },
  );
  app.post(
    '/v1/sign-in/code',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'signInByCode',
        summary: 'Finish signing in with a one-time or recovery code',
        body: CodeWithTicket,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const secret = await signInByCode(context, { ...request.body, address: request.ip });
      return reply.header('set-cookie', sessionCookie(secret)).code(204).send(null);
    },
  );
}

function invitationRoutes(app: App, context: SignInContext): void {
  app.post(
    '/v1/sign-in/accept',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'acceptInvitation',
        summary: 'Accept an invitation: set a password and begin one-time codes',
        body: Type.Object({ invitation: Secret, password: Password }, strict),
        response: {
          200: Type.Object({ ticket: Type.String(), uri: Type.String(), codeRequired: Type.Boolean() }),
        },
      },
    },
    (request) => acceptInvitation(context, { ...request.body, address: request.ip }),
  );
  app.post(
    '/v1/sign-in/confirm',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'confirmCodes',
        summary:
          'Confirm one-time codes by the first of them, and sign in; recovery codes are in this answer only',
        body: CodeWithTicket,
        response: { 200: Type.Object({ recoveryCodes: Type.Array(Type.String()) }) },
      },
    },
    async (request, reply) => {
      const { secret, recoveryCodes } = await confirmCodes(context, { ...request.body, address: request.ip });
      reply.header('set-cookie', sessionCookie(secret));
      return { recoveryCodes };
    },
  );
}
