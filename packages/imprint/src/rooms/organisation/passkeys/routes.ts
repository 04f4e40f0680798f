import Type from 'typebox';
import { needsSession, sessionOf, signsIn } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { sessionCookie } from '../sessions.ts';
import {
  acceptWithPasskey,
  beginRegistration,
  listPasskeys,
  type PasskeyContext,
  registerPasskey,
  removePasskey,
  renamePasskey,
} from './actions.ts';
import { Assertion, Label, Options, Passkey, Registration } from './model.ts';
import { beginPasskeySignIn, beginStepUp, signInWithPasskey, stepUpWithPasskey } from './sign-in.ts';

const tags = ['sign-in'];
const strict = { additionalProperties: false };
const invitation = Type.String({ minLength: 1, maxLength: 200 });
const PasskeyParams = Type.Object({ id: Type.String({ pattern: '^[0-9A-Z]{26}$' }) }, strict);

/** `/v1/passkeys`, and signing in, accepting an invitation and stepping up with one. */
export function passkeyRoutes(app: App, context: PasskeyContext): void {
  ownPasskeyRoutes(app, context);
  registrationRoutes(app, context);
  invitationRoutes(app, context);
  signInRoutes(app, context);
  stepUpRoutes(app, context);
}

function registrationRoutes(app: App, context: PasskeyContext): void {
  app.post(
    '/v1/passkeys/registration-options',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'beginPasskeyRegistration',
        summary: 'Options for navigator.credentials.create(), for a person who has just proved to be there',
        response: { 200: Options },
      },
    },
    (request) => beginRegistration(context, { session: sessionOf(request) }),
  );
  app.post(
    '/v1/passkeys',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'registerPasskey',
        summary: 'Register a passkey of your own',
        body: Type.Object({ label: Label, credential: Registration }, strict),
        response: { 201: Passkey },
      },
    },
    async (request, reply) => {
      const { credential, label } = request.body;
      return reply.code(201).send(await registerPasskey(context, sessionOf(request), credential, label));
    },
  );
}

function ownPasskeyRoutes(app: App, context: PasskeyContext): void {
  app.get(
    '/v1/passkeys',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'listPasskeys',
        summary: 'Your passkeys',
        response: { 200: Type.Object({ passkeys: Type.Array(Passkey) }) },
      },
    },
    async (request) => ({ passkeys: await listPasskeys(context, sessionOf(request)) }),
  );
  app.patch(
    '/v1/passkeys/:id',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'renamePasskey',
        summary: 'Rename one of your passkeys',
        params: PasskeyParams,
        body: Type.Object({ label: Label }, strict),
        response: { 200: Passkey },
      },
    },
    (request) => renamePasskey(context, sessionOf(request), request.params.id, request.body.label),
  );
  app.delete(
    '/v1/passkeys/:id',
    {
      ...needsSession({ stepUp: true }),
      schema: {
        tags,
        operationId: 'removePasskey',
        summary: 'Remove one of your passkeys, unless you could not sign in without it',
        params: PasskeyParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await removePasskey(context, sessionOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function invitationRoutes(app: App, context: PasskeyContext): void {
  app.post(
    '/v1/sign-in/accept/passkey/options',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'beginInvitationPasskey',
        summary: 'Options for navigator.credentials.create(), for whoever holds an invitation',
        body: Type.Object({ invitation }, strict),
        response: { 200: Options },
      },
    },
    (request) => beginRegistration(context, { invitation: request.body.invitation, address: request.ip }),
  );
  app.post(
    '/v1/sign-in/accept/passkey',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'acceptInvitationWithPasskey',
        summary: 'Accept an invitation with a passkey instead of a password; opens a session',
        body: Type.Object({ invitation, label: Label, credential: Registration }, strict),
        response: { 201: Passkey },
      },
    },
    async (request, reply) => {
      const { credential, label, ...given } = request.body;
      const holder = { ...given, address: request.ip };
      const accepted = await acceptWithPasskey(context, holder, credential, label);
      return reply.code(201).header('set-cookie', sessionCookie(accepted.secret)).send(accepted.passkey);
    },
  );
}

function signInRoutes(app: App, context: PasskeyContext): void {
  app.post(
    '/v1/sign-in/passkey/options',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'beginPasskeySignIn',
        summary: 'Options for navigator.credentials.get(), for anyone',
        response: { 200: Options },
      },
    },
    (request) => beginPasskeySignIn(context, request.ip),
  );
  app.post(
    '/v1/sign-in/passkey',
    {
      ...signsIn(),
      schema: {
        tags,
        operationId: 'signInWithPasskey',
        summary: 'Sign in with a passkey; opens a session',
        body: Type.Object({ credential: Assertion }, strict),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { secret } = await signInWithPasskey(context, request.body.credential);
      return reply.code(204).header('set-cookie', sessionCookie(secret)).send(null);
    },
  );
}

function stepUpRoutes(app: App, context: PasskeyContext): void {
  app.post(
    '/v1/session/step-up/passkey/options',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'beginPasskeyStepUp',
        summary: 'Options for navigator.credentials.get() with one of your passkeys',
        response: { 200: Options },
      },
    },
    (request) => beginStepUp(context, sessionOf(request)),
  );
  app.post(
    '/v1/session/step-up/passkey',
    {
      ...needsSession(),
      schema: {
        tags,
        operationId: 'stepUpWithPasskey',
        summary: 'Prove with a passkey to be there; the session gets a new secret',
        body: Type.Object({ credential: Assertion }, strict),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { secret } = await stepUpWithPasskey(context, sessionOf(request), request.body.credential);
      return reply.code(204).header('set-cookie', sessionCookie(secret)).send(null);
    },
  );
}
