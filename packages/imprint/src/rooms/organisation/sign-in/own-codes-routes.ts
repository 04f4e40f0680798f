import Type from 'typebox';
import { needsSession, sessionOf } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { sessionCookie } from '../sessions.ts';
import type { SignInContext } from './context.ts';
import { beginOwnCodes, confirmOwnCodes, renewRecoveryCodes } from './own-codes.ts';

const tags = ['sign-in'];
const RecoveryCodes = Type.Object({ recoveryCodes: Type.Array(Type.String()) });
const CodeWithTicket = Type.Object(
  {
    ticket: Type.String({ minLength: 1, maxLength: 100 }),
    code: Type.String({ minLength: 1, maxLength: 40 }),
  },
  { additionalProperties: false },
);
const stepUp = { stepUp: true } as const;

/** `/v1/session/codes` and `/v1/session/recovery-codes`: a signed-in person's own codes. */
export function ownCodesRoutes(app: App, context: SignInContext): void {
  app.post(
    '/v1/session/codes',
    {
      ...needsSession(stepUp),
      schema: {
        tags,
        operationId: 'beginOwnCodes',
        summary: 'Begin one-time codes, if you have none',
        response: { 200: Type.Object({ ticket: Type.String(), uri: Type.String() }) },
      },
    },
    (request) => beginOwnCodes(context, sessionOf(request)),
  );
  app.post(
    '/v1/session/codes/confirm',
    {
      ...needsSession(stepUp),
      schema: {
        tags,
        operationId: 'confirmOwnCodes',
        summary: 'Confirm your one-time codes by the first of them; recovery codes are in this answer only',
        body: CodeWithTicket,
        response: { 200: RecoveryCodes },
      },
    },
    async (request, reply) => {
      const { secret, recoveryCodes } = await confirmOwnCodes(context, sessionOf(request), request.body);
      reply.header('set-cookie', sessionCookie(secret));
      return { recoveryCodes };
    },
  );
  app.post(
    '/v1/session/recovery-codes',
    {
      ...needsSession(stepUp),
      schema: {
        tags,
        operationId: 'renewRecoveryCodes',
        summary: 'Make your recovery codes anew; those of before stop counting',
        response: { 200: RecoveryCodes },
      },
    },
    async (request) => ({ recoveryCodes: await renewRecoveryCodes(context, sessionOf(request)) }),
  );
}
